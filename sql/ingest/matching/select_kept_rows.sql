SELECT * FROM typed WHERE good AND kept AND {{condition}}
