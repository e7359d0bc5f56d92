// Command contact-send is the Lambda function that hands planned contacts over to their channel.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.ContactSend) }
