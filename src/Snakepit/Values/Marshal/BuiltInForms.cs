using System.Numerics;

namespace Snakepit.Values.Marshal;

/// <summary>The forms of the types that need no contract.</summary>
internal static class BuiltInForms
{
    private static readonly Dictionary<Type, MarshalForm> s_forms = Create();

    public static IEnumerable<Type> Types => s_forms.Keys;

    public static MarshalForm? Find(Type type) => s_forms.GetValueOrDefault(type);

    /// <inheritdoc cref="Find(Type)"/>
    public static MarshalForm<T>? Find<T>() => Cache<T>.Form;

    private static Dictionary<Type, MarshalForm> Create()
    {
        Dictionary<Type, MarshalForm> forms = [];
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
        AddElement<bool, BoolElement>(forms);
        AddContainers<bool, BoolElement>(forms);
        AddElement<string?, TextElement>(forms);
        AddContainers<string?, TextElement>(forms);
        AddElement<byte[]?, BytesElement>(forms);
        AddContainers<byte[]?, BytesElement>(forms);
        Add(forms, new NaturalForm());
        AddContainers<object?, NaturalElement>(forms);
        var map = new MapForm<object?, NaturalElement>();
        Add(forms, new InterfaceForm<IDictionary<string, object?>, Dictionary<string, object?>>(map));
        Add(forms, new InterfaceForm<IReadOnlyDictionary<string, object?>, Dictionary<string, object?>>(map));
        AddElement<byte, IntegerElement<byte>>(forms);
        AddElement<Int128, IntegerElement<Int128>>(forms);
        AddElement<UInt128, IntegerElement<UInt128>>(forms);
        AddElement<BigInteger, BigIntegerElement>(forms);
        AddElement<Memory<byte>, MemoryElement>(forms);
        AddElement<ReadOnlyMemory<byte>, ReadOnlyMemoryElement>(forms);
        AddTagged(forms);
        return forms;
    }

    private static void AddInteger<T>(Dictionary<Type, MarshalForm> forms)
        where T : unmanaged, IBinaryInteger<T> => AddNumber<T, IntegerElement<T>>(forms);

    private static void AddNumber<T, TElement>(Dictionary<Type, MarshalForm> forms)
        where T : unmanaged, INumber<T>
        where TElement : struct, IMarshalElement<TElement, T>
    {
        AddElement<T, TElement>(forms);
        AddContainers<T, TElement>(forms);
        Add(forms, new NumberVectorForm<T, TElement>());
    }

    private static void AddElement<T, TElement>(Dictionary<Type, MarshalForm> forms)
        where TElement : struct, IMarshalElement<TElement, T> => Add(forms, new ElementForm<T, TElement>());

    private static void AddContainers<T, TElement>(Dictionary<Type, MarshalForm> forms)
        where TElement : struct, IMarshalElement<TElement, T>
    {
        var list = new ListForm<T, TElement>();
        Add(forms, list);
        Add(forms, new ReadOnlyListForm<T, TElement>(list));
        Add(forms, new VectorForm<T, TElement>());
        Add(forms, new MapForm<T, TElement>());
    }

    private static void AddTagged(Dictionary<Type, MarshalForm> forms)
    {
        Add(forms, NdArrayForm.Instance);
        Add(forms, new DurationForm());
        Add(forms, new TaggedTextForm<Complex>("complex", ComplexConverter.Format, ComplexConverter.Parse));
        Add(forms, new TaggedTextForm<decimal>("decimal", TextForms.Format, TextForms.ParseDecimal));
        Add(forms, new TaggedTextForm<DateTimeOffset>("datetime", TextForms.Format, TextForms.ParseDateTimeOffset));
        Add(forms, new TaggedTextForm<DateTime>("datetime", TextForms.Format, TextForms.ParseDateTime));
        Add(forms, new TaggedTextForm<DateOnly>("date", TextForms.Format, TextForms.ParseDate));
        Add(forms, new TaggedTextForm<TimeOnly>("time", TextForms.Format, TextForms.ParseTime));
        Add(forms, new TaggedTextForm<Guid>("uuid", TextForms.Format, Guid.Parse));
    }

    private static void Add<T>(Dictionary<Type, MarshalForm> forms, MarshalForm<T> form) => forms[typeof(T)] = form;

    private static class Cache<T>
    {
        public static readonly MarshalForm<T>? Form = s_forms.GetValueOrDefault(typeof(T)) as MarshalForm<T>;
    }
}
