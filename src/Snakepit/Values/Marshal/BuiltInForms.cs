using System.Numerics;

namespace Snakepit.Values.Marshal;

/// <summary>The forms that need no dynamic code: scalars, and lists, arrays and dictionaries of them.</summary>
internal static class BuiltInForms
{
    private static readonly Dictionary<Type, MarshalForm> s_forms = Create();

    public static IEnumerable<Type> Types => s_forms.Keys;

    public static MarshalForm? Find(Type type) => s_forms.GetValueOrDefault(type);

    private static Dictionary<Type, MarshalForm> Create()
    {
        Dictionary<Type, MarshalForm> forms = [];
        AddNumber(forms, new IntegerForm<sbyte>());
        AddNumber(forms, new IntegerForm<short>());
        AddNumber(forms, new IntegerForm<ushort>());
        AddNumber(forms, new IntegerForm<int>());
        AddNumber(forms, new IntegerForm<uint>());
        AddNumber(forms, new IntegerForm<long>());
        AddNumber(forms, new IntegerForm<ulong>());
        AddNumber(forms, new NarrowFloatForm<Half>());
        AddNumber(forms, new NarrowFloatForm<float>());
        AddNumber(forms, new FloatForm());
        AddWithContainers(forms, new BoolForm());
        AddWithContainers(forms, new TextForm());
        AddWithContainers(forms, new BytesForm<byte[]>(static bytes => bytes, static bytes => bytes));
        var natural = new NaturalForm();
        AddWithContainers(forms, natural);
        Add(forms, new MapForm<IDictionary<string, object>, object>(natural));
        Add(forms, new MapForm<IReadOnlyDictionary<string, object>, object>(natural));
        Add(forms, new IntegerForm<byte>());
        Add(forms, new IntegerForm<Int128>());
        Add(forms, new IntegerForm<UInt128>());
        Add(forms, new BigIntegerForm());
        Add(forms, new BytesForm<Memory<byte>>(static bytes => bytes, static memory => memory));
        Add(forms, new BytesForm<ReadOnlyMemory<byte>>(static bytes => bytes, static memory => memory));
        Add(forms, NdArrayForm.Instance);
        Add(forms, new DurationForm());
        Add(forms, new TaggedTextForm<Complex>("complex", ComplexConverter.Format, ComplexConverter.Parse));
        Add(forms, new TaggedTextForm<decimal>("decimal", TextForms.Format, TextForms.ParseDecimal));
        Add(forms, new TaggedTextForm<DateTimeOffset>("datetime", TextForms.Format, TextForms.ParseDateTimeOffset));
        Add(forms, new TaggedTextForm<DateTime>("datetime", TextForms.Format, TextForms.ParseDateTime));
        Add(forms, new TaggedTextForm<DateOnly>("date", TextForms.Format, TextForms.ParseDate));
        Add(forms, new TaggedTextForm<TimeOnly>("time", TextForms.Format, TextForms.ParseTime));
        Add(forms, new TaggedTextForm<Guid>("uuid", TextForms.Format, Guid.Parse));
        return forms;
    }

    private static void AddNumber<T>(Dictionary<Type, MarshalForm> forms, MarshalForm<T> form)
        where T : unmanaged, INumber<T>
    {
        AddWithContainers(forms, form);
        Add(forms, new NumberVectorForm<T>(form));
    }

    private static void AddWithContainers<T>(Dictionary<Type, MarshalForm> forms, MarshalForm<T> form)
    {
        Add(forms, form);
        Add(forms, new VectorForm<T>(form));
        Add(forms, new ListForm<List<T>, T>(form));
        Add(forms, new ListForm<IReadOnlyList<T>, T>(form));
        Add(forms, new MapForm<Dictionary<string, T>, T>(form));
    }

    private static void Add<T>(Dictionary<Type, MarshalForm> forms, MarshalForm<T> form) => forms[typeof(T)] = form;
}
