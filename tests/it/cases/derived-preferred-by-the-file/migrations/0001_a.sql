-- caribou: undo=derived
UPDATE pet SET kind = 'bird';
