using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Snakepit.Values.Marshal;

/// <summary>Finds the forms of plain values: scalars, and lists and dictionaries of them, as deep as they are nested. All other types go by
/// their contracts.</summary>
internal sealed class MarshalForms(JsonValueCodec json)
{
    private static readonly HashSet<Type> s_lists =
    [
        typeof(List<>), typeof(IList<>), typeof(ICollection<>), typeof(IEnumerable<>), typeof(IReadOnlyList<>),
        typeof(IReadOnlyCollection<>),
    ];

    private static readonly HashSet<Type> s_maps = [typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>)];

    private readonly ConcurrentDictionary<Type, MarshalForm?> _forms = new();

    // A user's contracts may replace those of scalar types. Then no forms are used, because they would ignore these contracts.
    private readonly Lazy<bool> _areBuiltIn = new(() => BuiltInForms.Types.All(json.HasBuiltIn));

    /// <summary>Returns the form of a type; null when it has none.</summary>
    public MarshalForm? Find(Type type) => _forms.TryGetValue(type, out MarshalForm? form) ? form : _forms.GetOrAdd(type, Create(type));

    private MarshalForm? Create(Type type)
    {
        if (!_areBuiltIn.Value)
        {
            return null;
        }
        if (BuiltInForms.Find(type) is { } builtIn)
        {
            return builtIn;
        }
        return RuntimeFeature.IsDynamicCodeSupported && ItemOf(type) is { } item && json.HasBuiltIn(type) && Find(item) is { } form
            ? Compose(type, item, form)
            : null;
    }

    private static Type? ItemOf(Type type)
    {
        if (type.IsSZArray)
        {
            return type.GetElementType();
        }
        if (!type.IsGenericType)
        {
            return null;
        }
        Type definition = type.GetGenericTypeDefinition();
        Type[] arguments = type.GetGenericArguments();
        return definition == typeof(Nullable<>) || s_lists.Contains(definition) ? arguments[0]
            : s_maps.Contains(definition) && arguments[0] == typeof(string) ? arguments[1]
            : null;
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where dynamic code runs.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The forms ask nothing of the types that they are made for.")]
    [UnconditionalSuppressMessage("Trimming", "IL2071", Justification = "A nullable item is a struct, which needs no constructor.")]
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "The built-in forms are made by the same constructors.")]
    private static MarshalForm Compose(Type type, Type item, MarshalForm form)
    {
        Type composed = type.IsSZArray ? typeof(VectorForm<>).MakeGenericType(item)
            : type.IsValueType ? typeof(NullableForm<>).MakeGenericType(item)
            : (s_maps.Contains(type.GetGenericTypeDefinition()) ? typeof(MapForm<,>) : typeof(ListForm<,>)).MakeGenericType(type, item);
        return (MarshalForm)Activator.CreateInstance(composed, form)!;
    }
}
