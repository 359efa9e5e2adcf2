using System.Numerics;
using System.Runtime.InteropServices;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>An element by itself.</summary>
internal sealed class ElementForm<T, TElement> : MarshalForm<T>
    where TElement : struct, IMarshalElement<TElement, T>
{
    public override void Write(ref MarshalWriter writer, T value) => TElement.Write(ref writer, value);

    public override bool TryRead(ref MarshalReader reader, out T value) => TElement.TryRead(ref reader, out value);
}

/// <summary>Values of no declared type.</summary>
internal sealed class NaturalForm : MarshalForm<object?>
{
    public override void Write(ref MarshalWriter writer, object? value)
    {
        if (value?.GetType() == typeof(object))
        {
            writer.WriteMapStart(); // of a bare object there is nothing to say
            writer.WriteMapEnd();
        }
        else
        {
            NaturalElement.Write(ref writer, value);
        }
    }

    public override bool TryRead(ref MarshalReader reader, out object? value) => NaturalElement.TryRead(ref reader, out value);
}

/// <summary>T[] as a list.</summary>
internal class VectorForm<T, TElement> : MarshalForm<T[]>
    where TElement : struct, IMarshalElement<TElement, T>
{
    public override void Write(ref MarshalWriter writer, T[] value)
    {
        writer.WriteListStart(value.Length);
        TElement.WriteAll(ref writer, value);
        writer.WriteListEnd();
    }

    public override bool TryRead(ref MarshalReader reader, out T[] value)
    {
        value = [];
        if (reader.Peek() is not (MarshalType.List or MarshalType.Tuple))
        {
            return false;
        }
        value = new T[reader.ReadListStart()];
        bool read = TElement.TryReadAll(ref reader, value);
        reader.ReadListEnd();
        return read;
    }
}

/// <summary>T[] of numbers as an array of one dimension; reads a list too.</summary>
internal sealed class NumberVectorForm<T, TElement> : VectorForm<T, TElement>
    where T : unmanaged, INumber<T>
    where TElement : struct, IMarshalElement<TElement, T>
{
    public override void Write(ref MarshalWriter writer, T[] value) => NdArrayForm.WriteList<T>(ref writer, value);

    public override bool TryRead(ref MarshalReader reader, out T[] value)
    {
        if (reader.Peek() != MarshalType.Map)
        {
            return base.TryRead(ref reader, out value);
        }
        value = [];
        if (!NdArrayForm.Instance.TryRead(ref reader, out NdArray array) || array.Shape.Count != 1)
        {
            return false;
        }
        try
        {
            value = array.ToArray<T>();
            return true;
        }
        catch (Exception error) when (error is OverflowException or InvalidOperationException)
        {
            return false; // json's reader says why
        }
    }
}

/// <summary>List&lt;T&gt;.</summary>
internal sealed class ListForm<T, TElement> : MarshalForm<List<T>>
    where TElement : struct, IMarshalElement<TElement, T>
{
    public override void Write(ref MarshalWriter writer, List<T> value)
    {
        writer.WriteListStart(value.Count);
        TElement.WriteAll(ref writer, CollectionsMarshal.AsSpan(value));
        writer.WriteListEnd();
    }

    public override bool TryRead(ref MarshalReader reader, out List<T> value)
    {
        value = [];
        if (reader.Peek() is not (MarshalType.List or MarshalType.Tuple))
        {
            return false;
        }
        CollectionsMarshal.SetCount(value, reader.ReadListStart());
        bool read = TElement.TryReadAll(ref reader, CollectionsMarshal.AsSpan(value));
        reader.ReadListEnd();
        return read;
    }
}

/// <summary>IReadOnlyList&lt;T&gt;, which is a list whatever it is made of.</summary>
internal sealed class ReadOnlyListForm<T, TElement>(ListForm<T, TElement> form) : MarshalForm<IReadOnlyList<T>>
    where TElement : struct, IMarshalElement<TElement, T>
{
    public override void Write(ref MarshalWriter writer, IReadOnlyList<T> value)
    {
        if (value is not T[] items)
        {
            NaturalElement.Write(ref writer, value);
            return;
        }
        writer.WriteListStart(items.Length);
        TElement.WriteAll(ref writer, items);
        writer.WriteListEnd();
    }

    public override bool TryRead(ref MarshalReader reader, out IReadOnlyList<T> value)
    {
        bool read = form.TryRead(ref reader, out List<T> list);
        value = list;
        return read;
    }
}

/// <summary>Dictionary&lt;string, T&gt; as a map; as a tagged list of pairs when a key is the tag.</summary>
internal sealed class MapForm<T, TElement> : MarshalForm<Dictionary<string, T>>
    where TElement : struct, IMarshalElement<TElement, T>
{
    public override void Write(ref MarshalWriter writer, Dictionary<string, T> value)
    {
        if (value.ContainsKey(Protocol.ValueTag))
        {
            WritePairs(ref writer, value);
            return;
        }
        writer.WriteMapStart();
        foreach ((string key, T item) in value)
        {
            writer.WriteText(key);
            TElement.Write(ref writer, item);
        }
        writer.WriteMapEnd();
    }

    public override bool TryRead(ref MarshalReader reader, out Dictionary<string, T> value)
    {
        value = [];
        if (reader.Peek() != MarshalType.Map)
        {
            return false;
        }
        reader.ReadMapStart();
        while (reader.ReadKey(out ReadOnlySpan<byte> utf8))
        {
            string key = KeyCache.Get(utf8);
            bool isPlain = key != Protocol.ValueTag && (typeof(T) == typeof(object) || key != Protocol.ValueUnserializable);
            if (!isPlain || !TElement.TryRead(ref reader, out T item) || !value.TryAdd(key, item))
            {
                return false;
            }
        }
        return true;
    }

    private static void WritePairs(ref MarshalWriter writer, Dictionary<string, T> value)
    {
        writer.WriteTagStart("map"u8);
        writer.WriteText("v"u8);
        writer.WriteListStart(value.Count);
        foreach ((string key, T item) in value)
        {
            writer.WriteListStart(2);
            writer.WriteText(key);
            TElement.Write(ref writer, item);
            writer.WriteListEnd();
        }
        writer.WriteListEnd();
        writer.WriteMapEnd();
    }
}

/// <summary>An interface, read as a type that has it and written as whatever a value is.</summary>
internal sealed class InterfaceForm<TInterface, T>(MarshalForm<T> form) : MarshalForm<TInterface>
    where T : TInterface
{
    public override void Write(ref MarshalWriter writer, TInterface value) => NaturalElement.Write(ref writer, value);

    public override bool TryRead(ref MarshalReader reader, out TInterface value)
    {
        bool read = form.TryRead(ref reader, out T concrete);
        value = concrete;
        return read;
    }
}
