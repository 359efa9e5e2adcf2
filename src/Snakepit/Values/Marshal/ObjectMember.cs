using System.Buffers.Binary;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>A property of a contract.</summary>
internal sealed class ObjectMember(JsonPropertyInfo property, ContractForms forms)
{
    private readonly byte[] _key = Key(property.Name);

    public string Name => property.Name;

    public ReadOnlySpan<byte> Utf8Name => _key.AsSpan(MarshalType.PrefixSize);

    public DeclaredType Type { get; } = new(property.PropertyType, forms);

    public bool IsWritten => property.Get is not null;

    public bool IsRead => property.Set is not null || Parameter >= 0;

    /// <summary>It is only there to refuse tagged values and markers.</summary>
    public bool IsRefused { get; } = property.Name is Protocol.ValueTag or Protocol.ValueUnserializable;

    /// <summary>The constructor's parameter that takes the value; -1 when none does.</summary>
    public int Parameter { get; } = property.AssociatedParameter?.Position ?? -1;

    public static bool IsPlain(JsonPropertyInfo property) =>
        property is { CustomConverter: null, NumberHandling: null, IsExtensionData: false }
            and { ObjectCreationHandling: null or JsonObjectCreationHandling.Replace }
        && (property.Get is null || (property.Name != Protocol.ValueTag && !TextConverter.HasLoneSurrogate(property.Name)));

    public void Write(ref MarshalWriter writer, object owner)
    {
        object? value = property.Get!(owner);
        if (property.ShouldSerialize?.Invoke(owner, value) != false)
        {
            writer.WriteRaw(_key);
            Type.Write(ref writer, value);
        }
    }

    public void Set(object owner, object? value) => property.Set!(owner, value);

    private static byte[] Key(string name)
    {
        byte[] key = new byte[MarshalType.PrefixSize + MarshalText.SizeOf(name)];
        key[0] = MarshalType.Text;
        BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(1), MarshalText.Encode(name, key.AsSpan(MarshalType.PrefixSize)));
        return key;
    }
}
