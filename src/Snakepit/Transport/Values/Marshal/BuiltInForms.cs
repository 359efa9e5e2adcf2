using System.Numerics;

namespace Snakepit.Transport.Values.Marshal;

/// <summary>The types that are written and read without json between.</summary>
internal static class BuiltInForms
{
    private static readonly Dictionary<Type, MarshalForm> s_forms = Create().ToDictionary(form => form.Type);

    public static IEnumerable<Type> Types => s_forms.Keys;

    public static MarshalForm? Find(Type type) => s_forms.GetValueOrDefault(type);

    /// <inheritdoc cref="Find(Type)"/>
    public static MarshalForm<T>? Find<T>() => Cache<T>.Form;

    private static List<MarshalForm> Create()
    {
        List<MarshalForm> forms = [];
        AddInteger<sbyte>(forms);
        AddInteger<short>(forms);
        AddInteger<ushort>(forms);
        AddInteger<int>(forms);
        AddInteger<uint>(forms);
        AddInteger<long>(forms);
        AddInteger<ulong>(forms);
        AddNumber<double, FloatElement>(forms);
        AddNumber<float, NarrowFloatElement<float>>(forms);
        AddNumber<Half, NarrowFloatElement<Half>>(forms);
        Add<bool, BoolElement>(forms);
        Add<string?, TextElement>(forms);
        Add<byte[]?, BytesElement>(forms);
        AddContainers<object?, NaturalElement>(forms);
        forms.Add(new NaturalForm());
        AddInterfaces(forms);
        forms.Add(new ElementForm<byte, IntegerElement<byte>>());
        forms.Add(new ElementForm<Int128, IntegerElement<Int128>>());
        forms.Add(new ElementForm<UInt128, IntegerElement<UInt128>>());
        forms.Add(new ElementForm<BigInteger, BigIntegerElement>());
        forms.Add(new ElementForm<Memory<byte>, MemoryElement>());
        forms.Add(new ElementForm<ReadOnlyMemory<byte>, ReadOnlyMemoryElement>());
        AddTagged(forms);
        return forms;
    }

    private static void AddInteger<T>(List<MarshalForm> forms)
        where T : unmanaged, IBinaryInteger<T> => AddNumber<T, IntegerElement<T>>(forms);

    private static void AddNumber<T, TElement>(List<MarshalForm> forms)
        where T : unmanaged, INumber<T>
        where TElement : struct, IMarshalElement<TElement, T>
    {
        forms.Add(new ElementForm<T, TElement>());
        forms.Add(new NumberVectorForm<T, TElement>());
        forms.Add(new ListForm<T, TElement>());
        forms.Add(new MapForm<T, TElement>());
    }

    private static void Add<T, TElement>(List<MarshalForm> forms)
        where TElement : struct, IMarshalElement<TElement, T>
    {
        forms.Add(new ElementForm<T, TElement>());
        AddContainers<T, TElement>(forms);
    }

    private static void AddContainers<T, TElement>(List<MarshalForm> forms)
        where TElement : struct, IMarshalElement<TElement, T>
    {
        forms.Add(new VectorForm<T, TElement>());
        forms.Add(new ListForm<T, TElement>());
        forms.Add(new MapForm<T, TElement>());
    }

    private static void AddInterfaces(List<MarshalForm> forms)
    {
        var list = new ListForm<object?, NaturalElement>();
        var map = new MapForm<object?, NaturalElement>();
        forms.Add(new InterfaceForm<IEnumerable<object?>, List<object?>>(list));
        forms.Add(new InterfaceForm<IReadOnlyList<object?>, List<object?>>(list));
        forms.Add(new InterfaceForm<IDictionary<string, object?>, Dictionary<string, object?>>(map));
        forms.Add(new InterfaceForm<IReadOnlyDictionary<string, object?>, Dictionary<string, object?>>(map));
        forms.Add(new InterfaceForm<IReadOnlyList<double>, List<double>>(new ListForm<double, FloatElement>()));
    }

    private static void AddTagged(List<MarshalForm> forms)
    {
        forms.Add(NdArrayForm.Instance);
        forms.Add(new DurationForm());
        forms.Add(new TaggedTextForm<decimal>("decimal", TextForms.Format));
        forms.Add(new TaggedTextForm<DateTimeOffset>("datetime", TextForms.Format));
        forms.Add(new TaggedTextForm<DateTime>("datetime", TextForms.Format));
        forms.Add(new TaggedTextForm<DateOnly>("date", TextForms.Format));
        forms.Add(new TaggedTextForm<TimeOnly>("time", TextForms.Format));
        forms.Add(new TaggedTextForm<Guid>("uuid", TextForms.Format));
    }

    private static class Cache<T>
    {
        public static readonly MarshalForm<T>? Form = s_forms.GetValueOrDefault(typeof(T)) as MarshalForm<T>;
    }
}
