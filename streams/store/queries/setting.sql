SELECT value FROM store_settings FINAL WHERE key = {key:String}
