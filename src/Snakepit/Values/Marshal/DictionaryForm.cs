using System.Collections;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>Dictionaries with strings as keys.</summary>
internal sealed class DictionaryForm(IMapConverter converter, ContractForms forms, JsonForm json) : MarshalForm
{
    private readonly DeclaredType _value = new(converter.ValueType, forms);

    public override void WriteBoxed(ref MarshalWriter writer, object value)
    {
        if (value is not IDictionary map || map.Contains(Protocol.ValueTag))
        {
            json.WriteBoxed(ref writer, value);
            return;
        }
        writer.WriteMapStart();
        foreach (DictionaryEntry pair in map)
        {
            writer.WriteText((string)pair.Key);
            _value.Write(ref writer, pair.Value);
        }
        writer.WriteMapEnd();
    }

    public override bool TryReadBoxed(ref MarshalReader reader, out object? value)
    {
        value = null;
        if (reader.Peek() != MarshalType.Map || converter.CreateMap() is not IDictionary { IsReadOnly: false } map)
        {
            return false;
        }
        reader.ReadMapStart();
        while (reader.ReadKey(out ReadOnlySpan<byte> utf8))
        {
            string key = KeyCache.Get(utf8);
            bool isPlain = key != Protocol.ValueTag && (converter.ValueType == typeof(object) || key != Protocol.ValueUnserializable);
            if (!isPlain || !_value.TryRead(ref reader, out object? item) || map.Contains(key))
            {
                return false;
            }
            map.Add(key, item);
        }
        value = map;
        return true;
    }
}
