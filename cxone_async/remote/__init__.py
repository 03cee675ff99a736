"""Files that lie elsewhere: in a bucket, on a web server, on an SFTP server."""
