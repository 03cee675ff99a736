"""What a contact is: the record, its fields' normal forms, and what a campaign asks of it."""
