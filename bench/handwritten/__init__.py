"""What does each hand-written piece gain over the library a user would otherwise call?"""
