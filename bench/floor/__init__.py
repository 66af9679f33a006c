"""How far is each stage of the feature kernel from what this processor can do?"""
