namespace Snakepit.Values.Marshal;

/// <summary>Writes and reads values of one type without JSON in between.</summary>
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

    /// <summary>
    /// Reads a value; None as null, if the type has null. Returns false when something else comes next, or something that only the JSON
    /// reader can decide; the reader's position is then undefined.
    /// </summary>
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
