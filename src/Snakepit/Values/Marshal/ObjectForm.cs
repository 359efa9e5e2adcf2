using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values.Marshal;

/// <summary>Objects by their properties, as their contract has them.</summary>
internal sealed class ObjectForm : MarshalForm
{
    private readonly ObjectMember[] _members;
    private readonly ObjectMember[] _written;
    private readonly Dictionary<string, ObjectMember> _byName;
    private readonly Func<object>? _create;
    private readonly ConstructorInvoker? _construct;
    private readonly object?[] _defaults = [];

    public ObjectForm(JsonTypeInfo contract, ContractForms forms)
    {
        _members = [.. contract.Properties.Select(property => new ObjectMember(property, forms))];
        _written = [.. _members.Where(member => member.IsWritten)];
        _byName = _members.ToDictionary(member => member.Name, StringComparer.OrdinalIgnoreCase);
        if (RequiredParameters.HasAny(contract)
            || contract.Properties.Any(property => property.IsRequired || property.AssociatedParameter is { IsMemberInitializer: true }))
        {
            return; // json's reader knows what must be there, and when
        }
        _create = contract.CreateObject;
        if (_create is null && RuntimeFeature.IsDynamicCodeSupported && contract.ConstructorAttributeProvider is ConstructorInfo constructor)
        {
            _construct = ConstructorInvoker.Create(constructor);
            _defaults = new object?[constructor.GetParameters().Length];
            foreach (JsonParameterInfo parameter in contract.Properties.Select(property => property.AssociatedParameter).OfType<JsonParameterInfo>())
            {
                _defaults[parameter.Position] = DefaultOf(parameter);
            }
        }
    }

    /// <summary>Whether there is nothing to it but properties to be read and written.</summary>
    public static bool IsPlain(JsonTypeInfo contract) =>
        contract is { PolymorphismOptions: null, NumberHandling: null, UnmappedMemberHandling: null or JsonUnmappedMemberHandling.Skip }
            and { OnSerializing: null, OnSerialized: null, OnDeserializing: null, OnDeserialized: null }
            and { PreferredPropertyObjectCreationHandling: null or JsonObjectCreationHandling.Replace }
        && contract.Properties.All(ObjectMember.IsPlain);

    public override void WriteBoxed(ref MarshalWriter writer, object value)
    {
        writer.WriteMapStart();
        foreach (ObjectMember member in _written)
        {
            member.Write(ref writer, value);
        }
        writer.WriteMapEnd();
    }

    public override bool TryReadBoxed(ref MarshalReader reader, out object? value)
    {
        value = null;
        if (reader.Peek() != MarshalType.Map || (_create is null && _construct is null))
        {
            return false;
        }
        object? target = _create?.Invoke();
        object?[] arguments = target is null ? [.. _defaults] : [];
        List<(ObjectMember Member, object? Value)>? later = null;
        reader.ReadMapStart();
        int next = 0;
        while (reader.ReadKey(out ReadOnlySpan<byte> key))
        {
            if (Find(key, ref next) is not { IsRead: true } member)
            {
                reader.ReadRaw();
            }
            else if (member.IsRefused || !member.Type.TryRead(ref reader, out object? item))
            {
                return false;
            }
            else if (target is not null)
            {
                member.Set(target, item);
            }
            else if (member.Parameter >= 0)
            {
                arguments[member.Parameter] = item;
            }
            else
            {
                (later ??= []).Add((member, item));
            }
        }
        value = target ?? _construct!.Invoke(arguments.AsSpan());
        foreach ((ObjectMember member, object? item) in later ?? [])
        {
            member.Set(value!, item);
        }
        return true;
    }

    /// <summary>Members mostly come in their order.</summary>
    private ObjectMember? Find(ReadOnlySpan<byte> key, ref int next)
    {
        if (next < _members.Length && key.SequenceEqual(_members[next].Utf8Name))
        {
            return _members[next++];
        }
        for (int i = 0; i < _members.Length; i++)
        {
            if (key.SequenceEqual(_members[i].Utf8Name))
            {
                next = i + 1;
                return _members[i];
            }
        }
        return _byName.GetValueOrDefault(MarshalText.Decode(key));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "A value type's default needs no constructor.")]
    private static object? DefaultOf(JsonParameterInfo parameter) =>
        parameter.HasDefaultValue || !parameter.ParameterType.IsValueType || Nullable.GetUnderlyingType(parameter.ParameterType) is not null
            ? parameter.DefaultValue
            : RuntimeHelpers.GetUninitializedObject(parameter.ParameterType);
}
