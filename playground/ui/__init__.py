"""What all pages share: the viewer's session, widgets, controls, the live fragment."""
