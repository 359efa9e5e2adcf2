namespace Snakepit.Values.Marshal;

/// <summary>How values of one type are written and read without json between.</summary>
internal abstract class MarshalForm
{
    /// <summary>Writes a value of the type.</summary>
    public abstract void WriteBoxed(ref MarshalWriter writer, object value);
}

/// <inheritdoc/>
internal abstract class MarshalForm<T> : MarshalForm
{
    public override void WriteBoxed(ref MarshalWriter writer, object value) => WriteValue(ref writer, (T)value);

    /// <summary>Writes a value; null as None.</summary>
    public void Write(ref MarshalWriter writer, T value)
    {
        if (value is null)
        {
            writer.Write(MarshalType.None);
        }
        else
        {
            WriteValue(ref writer, value);
        }
    }

    /// <summary>Reads a value; None as null, where the type has it. False when there is something else, or something that only json's
    /// reader can judge; then the reader stands anywhere.</summary>
    public bool TryRead(ref MarshalReader reader, out T value)
    {
        if (default(T) is null && reader.TryRead(MarshalType.None))
        {
            value = default!;
            return true;
        }
        return TryReadValue(ref reader, out value);
    }

    public virtual void WriteAll(ref MarshalWriter writer, ReadOnlySpan<T> values)
    {
        foreach (T value in values)
        {
            Write(ref writer, value);
        }
    }

    public virtual bool TryReadAll(ref MarshalReader reader, Span<T> values)
    {
        foreach (ref T value in values)
        {
            if (!TryRead(ref reader, out value))
            {
                return false;
            }
        }
        return true;
    }

    protected abstract void WriteValue(ref MarshalWriter writer, T value);

    protected abstract bool TryReadValue(ref MarshalReader reader, out T value);
}
