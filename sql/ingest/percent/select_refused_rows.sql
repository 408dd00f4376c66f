SELECT EXISTS(FROM typed WHERE {{condition}})
