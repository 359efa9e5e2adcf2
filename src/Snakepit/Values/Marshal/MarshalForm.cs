namespace Snakepit.Values.Marshal;

/// <summary>How values of one type are written and read without json between.</summary>
internal abstract class MarshalForm
{
    public abstract void WriteBoxed(ref MarshalWriter writer, object value);

    /// <inheritdoc cref="IMarshalElement{TSelf, T}.TryRead"/>
    public abstract bool TryReadBoxed(ref MarshalReader reader, out object? value);
}

/// <inheritdoc/>
internal abstract class MarshalForm<T> : MarshalForm
{
    public override void WriteBoxed(ref MarshalWriter writer, object value) => Write(ref writer, (T)value);

    public override bool TryReadBoxed(ref MarshalReader reader, out object? value)
    {
        bool read = TryRead(ref reader, out T typed);
        value = typed;
        return read;
    }

    public abstract void Write(ref MarshalWriter writer, T value);

    /// <inheritdoc cref="IMarshalElement{TSelf, T}.TryRead"/>
    public abstract bool TryRead(ref MarshalReader reader, out T value);
}
