UPDATE mysql.user SET password_expired = 'N' WHERE user = 'nobody';
