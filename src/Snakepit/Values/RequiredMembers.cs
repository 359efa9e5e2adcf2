using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values;

/// <summary>Handles required members that have two spellings: the serializer would require both.</summary>
internal sealed class RequiredMembers
{
    private readonly List<string> _names = [];
    private readonly ConditionalWeakTable<object, HashSet<string>> _missing = [];

    public void Add(JsonPropertyInfo property)
    {
        string name = property.Name;
        Action<object, object?> set = property.Set!;
        _names.Add(name);
        property.IsRequired = false;
        property.Set = (target, value) =>
        {
            set(target, value);
            if (_missing.TryGetValue(target, out HashSet<string>? missing))
            {
                missing.Remove(name);
            }
        };
    }

    public void Watch(JsonTypeInfo type)
    {
        if (_names.Count == 0)
        {
            return;
        }
        Action<object>? before = type.OnDeserializing;
        Action<object>? after = type.OnDeserialized;
        type.OnDeserializing = target =>
        {
            before?.Invoke(target);
            _missing.AddOrUpdate(target, [.. _names]);
        };
        type.OnDeserialized = target =>
        {
            if (_missing.TryGetValue(target, out HashSet<string>? missing) && _missing.Remove(target) && missing.Count > 0)
            {
                throw new JsonException($"{Shown.Type(type.Type)} lacks what it requires: {Shown.Names(missing)}.");
            }
            after?.Invoke(target);
        };
    }
}
