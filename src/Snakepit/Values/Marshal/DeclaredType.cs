namespace Snakepit.Values.Marshal;

/// <summary>What a member, an item or a dictionary's value is declared to be.</summary>
internal sealed class DeclaredType(Type type, ContractForms forms)
{
    private readonly bool _takesNull = !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;
    private MarshalForm? _form; // not before it is needed: types contain themselves
    private JsonForm? _json;

    public void Write(ref MarshalWriter writer, object? value)
    {
        if (value is null)
        {
            writer.Write(MarshalType.None);
            return;
        }
        _form ??= forms.Of(type);
        _form.WriteBoxed(ref writer, value);
    }

    /// <inheritdoc cref="IMarshalElement{TSelf, T}.TryRead"/>
    public bool TryRead(ref MarshalReader reader, out object? value)
    {
        if (_takesNull && reader.TryRead(MarshalType.None))
        {
            value = null;
            return true;
        }
        _form ??= forms.Of(type);
        MarshalReader start = reader;
        if (_form.TryReadBoxed(ref reader, out value))
        {
            return true;
        }
        // This one alone goes through json, not all that is around it.
        reader = start;
        _json ??= forms.ThroughJson(type);
        return _json != _form && _json.TryReadBoxed(ref reader, out value);
    }
}
