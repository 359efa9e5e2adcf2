using System.Numerics;
using System.Runtime.InteropServices;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>T[] as a list.</summary>
internal class VectorForm<T>(MarshalForm<T> item) : MarshalForm<T[]>
{
    protected override void WriteValue(ref MarshalWriter writer, T[] value)
    {
        writer.WriteListStart(value.Length);
        item.WriteAll(ref writer, value);
        writer.WriteListEnd();
    }

    protected override bool TryReadValue(ref MarshalReader reader, out T[] value)
    {
        value = [];
        if (reader.Peek() is not (MarshalType.List or MarshalType.Tuple))
        {
            return false;
        }
        value = new T[reader.ReadListStart()];
        bool read = item.TryReadAll(ref reader, value);
        reader.ReadListEnd();
        return read;
    }
}

/// <summary>T[] of numbers as an array of one dimension; reads a list too.</summary>
internal sealed class NumberVectorForm<T>(MarshalForm<T> item) : VectorForm<T>(item)
    where T : unmanaged, INumber<T>
{
    protected override void WriteValue(ref MarshalWriter writer, T[] value) => NdArrayForm.WriteList<T>(ref writer, value);

    protected override bool TryReadValue(ref MarshalReader reader, out T[] value)
    {
        if (reader.Peek() != MarshalType.Map)
        {
            return base.TryReadValue(ref reader, out value);
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
            return false; // the JSON reader explains why
        }
    }
}

/// <summary>List&lt;T&gt;, and the interfaces that it implements.</summary>
internal sealed class ListForm<TList, T>(MarshalForm<T> item) : MarshalForm<TList>
    where TList : class, IEnumerable<T>
{
    protected override void WriteValue(ref MarshalWriter writer, TList value)
    {
        ReadOnlySpan<T> items = [];
        if (value is List<T> list)
        {
            items = CollectionsMarshal.AsSpan(list);
        }
        else if (value is T[] array && value.GetType() == typeof(T[]))
        {
            items = array;
        }
        else
        {
            writer.Codec.WriteByContract(ref writer, value, typeof(TList));
            return;
        }
        writer.WriteListStart(items.Length);
        item.WriteAll(ref writer, items);
        writer.WriteListEnd();
    }

    protected override bool TryReadValue(ref MarshalReader reader, out TList value)
    {
        List<T> list = [];
        value = (TList)(object)list;
        if (reader.Peek() is not (MarshalType.List or MarshalType.Tuple))
        {
            return false;
        }
        CollectionsMarshal.SetCount(list, reader.ReadListStart());
        bool read = item.TryReadAll(ref reader, CollectionsMarshal.AsSpan(list));
        reader.ReadListEnd();
        return read;
    }
}

/// <summary>Dictionary&lt;string, T&gt;, and the interfaces that it implements, as a map; by its contract when a key is the tag.</summary>
internal sealed class MapForm<TMap, T>(MarshalForm<T> item) : MarshalForm<TMap>
    where TMap : class, IEnumerable<KeyValuePair<string, T>>
{
    protected override void WriteValue(ref MarshalWriter writer, TMap value)
    {
        if (value is not Dictionary<string, T> map || map.ContainsKey(Protocol.ValueTag))
        {
            writer.Codec.WriteByContract(ref writer, value, typeof(TMap));
            return;
        }
        writer.WriteMapStart();
        foreach ((string key, T content) in map)
        {
            writer.WriteText(key);
            item.Write(ref writer, content);
        }
        writer.WriteMapEnd();
    }

    protected override bool TryReadValue(ref MarshalReader reader, out TMap value)
    {
        Dictionary<string, T> map = [];
        value = (TMap)(object)map;
        if (reader.Peek() != MarshalType.Map)
        {
            return false;
        }
        reader.ReadMapStart();
        while (reader.ReadKey(out ReadOnlySpan<byte> utf8))
        {
            string key = KeyCache.Get(utf8);
            bool isPlain = key != Protocol.ValueTag && (typeof(T) == typeof(object) || key != Protocol.ValueUnserializable);
            if (!isPlain || !item.TryRead(ref reader, out T content) || !map.TryAdd(key, content))
            {
                return false;
            }
        }
        return true;
    }
}
