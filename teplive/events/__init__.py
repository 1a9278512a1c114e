"""Event pages: what was done, claimed, said and decided about one episode, in order.

Here, because only the composition knows injections, alarms and explanations all together.
"""
