using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Snakepit.Testing;

namespace Snakepit.Tests.Architecture;

/// <summary>
/// Checks what every public type promises to the code that uses it, and to code that is compiled against the next version.
/// </summary>
public sealed partial class PublicSurfaceTests
{
    private const BindingFlags Instance = BindingFlags.Public | BindingFlags.Instance;

    private static readonly Type[] s_types =
    [
        .. typeof(ISnakepit).Assembly.GetExportedTypes(),
        .. typeof(FakeWorkers).Assembly.GetExportedTypes(),
    ];

    public static TheoryData<Type> Records => [.. s_types.Where(IsRecord).Where(static type => !type.IsAbstract)];

    public static TheoryData<Type> Exceptions =>
        [.. s_types.Where(static type => type.IsAssignableTo(typeof(SnakepitException)) && !type.IsAbstract)];

    /// <summary>A new member of a positional type would break every caller and every pattern.</summary>
    [Fact]
    public void No_public_type_is_made_or_taken_apart_by_position()
    {
        Assert.DoesNotContain(s_types, IsPositional);
        Assert.Equal(
            [typeof(Positional), typeof(PositionalStruct)],
            new[] { typeof(Positional), typeof(PositionalStruct), typeof(Named), typeof(NamedStruct) }.Where(IsPositional));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Every_public_record_prints_what_people_can_read(Type type)
    {
        string text = Sample(type).ToString()!;

        Assert.NotEqual(type.FullName, text);
        Assert.DoesNotMatch(CompilerMade(), text);
    }

    [Fact]
    public void Names_that_the_compiler_makes_are_recognized() => Assert.All(
        new object[]
        {
            new Named { Values = [1] },
            new Named { Values = new List<int>() },
            new Named { Values = Enumerable.Range(0, 2).Select(static value => value) },
        },
        static record => Assert.Matches(CompilerMade(), record.ToString()));

    /// <summary>A test of code that handles an exception must be able to construct that exception.</summary>
    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Every_exception_is_made_with_all_that_it_carries(Type type)
    {
        ConstructorInfo constructor = Assert.Single(type.GetConstructors());
        Assert.Equal([typeof(string), typeof(Exception)], constructor.GetParameters().Select(static parameter => parameter.ParameterType));
        Assert.True(constructor.GetParameters()[1].HasDefaultValue);

        var inner = new InvalidOperationException();
        object exception = constructor.Invoke(["what happened", inner]);
        Assert.Equal(("what happened", inner), (((Exception)exception).Message, ((Exception)exception).InnerException));
        Assert.All(
            type.GetProperties(Instance | BindingFlags.DeclaredOnly)
                .Where(static property => property.Name != nameof(SnakepitException.IsTransient)),
            property =>
            {
                object? value = Sample(property.PropertyType);
                property.SetValue(exception, value);
                Assert.Equal(value, property.GetValue(exception));
            });
    }

    [Fact]
    public void Lifecycle_events_are_called_so_and_nothing_else_is()
    {
        Assert.All(
            s_types,
            static type =>
                Assert.Equal(type.IsAssignableTo(typeof(LifecycleEvent)), type.Name.EndsWith("Event", StringComparison.Ordinal)));
        Assert.All(
            s_types.Where(static type => type.BaseType == typeof(LifecycleEvent) && type != typeof(WorkerEvent)),
            static type => Assert.True(type.IsSealed));
        Assert.All(s_types.Where(static type => type.BaseType == typeof(WorkerEvent)), static type => Assert.True(type.IsSealed));
    }

    /// <summary>Code that follows a worker can then test for one type.</summary>
    [Fact]
    public void Events_that_are_about_a_worker_are_worker_events() => Assert.All(
        s_types.Where(static type => type.IsAssignableTo(typeof(LifecycleEvent)) && !type.IsAbstract),
        static type => Assert.Equal(
            type.IsAssignableTo(typeof(WorkerEvent)),
            type.Name.StartsWith("Worker", StringComparison.Ordinal)
                || type.GetProperties(Instance).Any(static property => property.PropertyType == typeof(WorkerId))));

    [Fact]
    public void Time_spans_are_not_called_like_times() => Assert.DoesNotContain(
        s_types.SelectMany(static type => type.GetProperties(Instance)),
        static property => property.PropertyType == typeof(TimeSpan) && property.Name is "Since" or "At" or "Until");

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance, [typeof(StringBuilder)]) is not null;

    private static bool IsPositional(Type type) =>
        type.GetMethod("Deconstruct") is not null || (!type.IsAssignableTo(typeof(Exception)) && type.GetConstructors().Any(constructor =>
            constructor.GetParameters() is { Length: > 0 } parameters
                && parameters.All(parameter => type.GetProperty(parameter.Name!, Instance | BindingFlags.IgnoreCase) is { } property
                && property.PropertyType == parameter.ParameterType)));

    /// <summary>Returns a value with every member set and an item in every list.</summary>
    private static object Sample(Type type, int depth = 0)
    {
        Type[] arguments = type.IsGenericType ? type.GetGenericArguments() : [];
        return type switch
        {
            _ when type == typeof(string) => "text",
            _ when type == typeof(Type) => typeof(int),
            _ when type == typeof(bool) => true,
            _ when type == typeof(MemorySize) => MemorySize.FromMiB(3),
            _ when type == typeof(RecycleDecision) => RecycleDecision.Recycle("text"),
            _ when type == typeof(TimeSpan) => TimeSpan.FromSeconds(3),
            _ when type == typeof(DateTimeOffset) => DateTimeOffset.UnixEpoch,
            _ when type.IsEnum => Enum.GetValues(type).GetValue(1)!,
            _ when type.IsPrimitive => Convert.ChangeType(3, type, null),
            _ when type.IsAssignableTo(typeof(Exception)) => Activator.CreateInstance(
                type.IsAbstract ? typeof(AdapterLoadException) : type, "text", null)!,
            _ when Nullable.GetUnderlyingType(type) is { } value => Sample(value, depth),
            _ when type.Name == typeof(IReadOnlyList<>).Name => ArrayOf(arguments[0], depth),
            _ when type.Name == typeof(IReadOnlyDictionary<,>).Name => DictionaryOf(arguments, depth),
            _ => Fill(RuntimeHelpers.GetUninitializedObject(type), depth),
        };
    }

    private static object Fill(object record, int depth)
    {
        const int Deepest = 3; // a record may contain records of its own type
        foreach (PropertyInfo property in record.GetType().GetProperties(Instance).Where(static property => property.CanWrite))
        {
            Type type = property.PropertyType;
            bool isList = type.Name == typeof(IReadOnlyList<>).Name;
            property.SetValue(
                record, depth < Deepest || type.IsValueType || type == typeof(string) || isList ? Sample(type, depth + 1) : null);
        }
        return record;
    }

    private static Array ArrayOf(Type type, int depth)
    {
        var array = Array.CreateInstance(type, 1);
        array.SetValue(Sample(type, depth), 0);
        return array;
    }

    private static object DictionaryOf(Type[] types, int depth)
    {
        var dictionary = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(types))!;
        dictionary.Add(Sample(types[0], depth), Sample(types[1], depth));
        return dictionary;
    }

    [GeneratedRegex(@"System\.|Collections|`\d|\[\]|<")]
    private static partial Regex CompilerMade();

    private sealed record Positional(int Value);

    private readonly record struct PositionalStruct(int Value);

    private sealed record Named
    {
        public IEnumerable<int> Values { get; init; } = [];
    }

    private readonly record struct NamedStruct
    {
        public int Value { get; init; }
    }
}
