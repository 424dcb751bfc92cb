// An image edit with Qt: QHttpMultiPart, in which each part's header is the caller's.
#include <QCoreApplication>
#include <QFile>
#include <QHttpMultiPart>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QNetworkRequest>

#include "_call.hpp"

static QHttpPart part(const std::string &disposition) {
    QHttpPart part;
    part.setHeader(QNetworkRequest::ContentDispositionHeader, QString::fromStdString("form-data; " + disposition));
    return part;
}

static QHttpPart text(const std::string &name, const std::string &value) {
    QHttpPart field = part("name=\"" + name + "\"");
    field.setBody(QByteArray::fromStdString(value));
    return field;
}

static QHttpPart file(const Upload &upload, QHttpMultiPart *form) {
    QHttpPart file = part("name=\"" + given("FIELD") + "\"; filename=\"" + upload.name + "\"");
    const std::string container = given("CONTAINER");
    if (container == "buffer") {
        file.setBody(QByteArray::fromStdString(read_whole(upload.path)));
        return file;
    }
    if (container != "handle" && container != "told" && !container.empty())
        without("QHttpPart takes a QIODevice that knows its end, or bytes, not a " + container);
    auto *device = new QFile(QString::fromStdString(upload.path), form);
    device->open(QIODevice::ReadOnly);
    file.setBodyDevice(device);
    if (container == "told")
        file.setHeader(QNetworkRequest::ContentTypeHeader, QString::fromStdString(upload.type));
    return file;
}

int main(int argc, char **argv) {
    QCoreApplication application(argc, argv);
    if (given("TRIES") != "1")
        without("QNetworkAccessManager has no retries");
    QHttpMultiPart form(QHttpMultiPart::FormDataType);
    form.append(text("model", given("MODEL")));
    form.append(text("prompt", given("PROMPT")));
    for (const Upload &upload : uploads())
        form.append(file(upload, &form));
    QNetworkRequest request(QUrl(QString::fromStdString(given("URL"))));
    request.setRawHeader("Authorization", QByteArray::fromStdString("Bearer " + given("API_KEY")));
    QNetworkAccessManager manager;
    QNetworkReply *reply = manager.post(request, &form);
    QObject::connect(reply, &QNetworkReply::finished, &application, &QCoreApplication::quit);
    application.exec();
    if (reply->error() != QNetworkReply::NoError) {
        std::cerr << "error: " << reply->errorString().toStdString() << "\n";
        return 1;
    }
}
