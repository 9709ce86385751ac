import { useId, type ComponentProps } from 'react';

/** An input under its label. */
export function Field({ label, ...input }: { label: string } & Omit<ComponentProps<'input'>, 'id'>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} {...input} />
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value | '';
  /** What stands for no choice; where it is left out, one of the values has to be. */
  all?: string;
  options: readonly (readonly [value: Value, label: string])[];
  /** Called with the value, or with nothing for no choice. */
  onChoose: (value: Value | undefined) => void;
}

/** One of a few values, or none of them. */
export function Choice<Value extends string>({ label, value, all, options, onChoose }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose((event.target.value || undefined) as Value | undefined)}>
        {all === undefined ? null : <option value="">{all}</option>}
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
