for (const begin of beginnings) begin();
