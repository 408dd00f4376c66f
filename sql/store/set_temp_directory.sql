SET temp_directory = {{folder}}
