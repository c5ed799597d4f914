"""E-mail by SMTP (电子邮件)."""
