using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Snakepit;

/// <summary>Functions of the host that Python may call, as <c>ctx.host.lookup(key="x")</c>: those of a pool, or of one session. Safe for
/// use by any number of threads.</summary>
public partial class HostToolCollection : IReadOnlyCollection<HostTool>
{
    private const int MaxDescription = 4_096; // bytes
    private const string Reflection =
        "The parameters of the method are found by reflection. Use the overload that takes a HostToolCall.";
    private ImmutableDictionary<string, HostTool> _tools = ImmutableDictionary.Create<string, HostTool>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Count => _tools.Count;

    /// <summary>Gets the tools by their names, as they are now.</summary>
    internal ImmutableDictionary<string, HostTool> Present => Volatile.Read(ref _tools);

    /// <summary>Adds a function that reads its arguments itself.</summary>
    /// <inheritdoc cref="Add(string, string, Func{HostToolCall, CancellationToken, ValueTask{object?}})"/>
    public HostToolCollection Add(string name, Func<HostToolCall, CancellationToken, ValueTask<object?>> run) => Add(name, "", run);

    /// <summary>Adds a function that reads its arguments itself, with a description.</summary>
    /// <param name="name">The name by which Python calls it: 1 to 64 letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, the first a letter
    /// or a digit.</param>
    /// <param name="description">What it does, for <c>ctx.host.tools</c> in Python; at most 4,096 bytes.</param>
    /// <param name="run">Runs it, on the thread pool. Its token is cancelled when nobody waits for the worker's call any more.</param>
    /// <exception cref="ArgumentException">The name is not allowed or taken, or the description is too long.</exception>
    public HostToolCollection Add(string name, string description, Func<HostToolCall, CancellationToken, ValueTask<object?>> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (!ImmutableInterlocked.TryAdd(ref _tools, name, Create(name, description, run)))
        {
            throw new ArgumentException(Taken(name));
        }
        return this;
    }

    /// <summary>Adds a method, whose parameters become the arguments.</summary>
    /// <inheritdoc cref="Add(string, string, Delegate)"/>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public HostToolCollection Add(string name, Delegate method) => Add(name, "", method);

    /// <summary>Adds a method, whose parameters become the arguments, by name or by position, with a description. Parameters of the types
    /// <see cref="CancellationToken"/>, <see cref="HostToolCall"/> and <see cref="IServiceProvider"/> are not arguments; they are
    /// provided. The result may be a value, a <see cref="Task"/> or a <see cref="ValueTask"/>.</summary>
    /// <param name="name">The name by which Python calls it, as for a function that reads its arguments itself.</param>
    /// <param name="description">What it does, for <c>ctx.host.tools</c> in Python; at most 4,096 bytes.</param>
    /// <param name="method">The method: <c>(string key, CancellationToken ct) => …</c>.</param>
    /// <exception cref="ArgumentException">The name is not allowed or taken, the description is too long, or the method has a parameter or
    /// a result that cannot travel.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public HostToolCollection Add(string name, string description, Delegate method)
    {
        ArgumentNullException.ThrowIfNull(method);
        var invocation = new HostMethod(name, method.Method, hasTarget: method.Target is not null);
        object? target = method.Target;
        return Add(name, description, (call, cancellation) => invocation.RunAsync(target, call, cancellation));
    }

    /// <summary>Adds the methods of a class that are marked with <see cref="HostToolAttribute"/>: all of them, or none if one cannot be
    /// added. For each call, the instance comes from a scope of the host application's services, or is created with what they have for its
    /// constructor.</summary>
    /// <typeparam name="T">The class.</typeparam>
    /// <exception cref="ArgumentException">The class has no such method, or some cannot be added; the message says why, for each.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public HostToolCollection AddFrom<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>()
        where T : class
    {
        MethodInfo[] methods =
        [
            .. typeof(T).GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                .Where(static method => method.IsDefined(typeof(HostToolAttribute), inherit: true)),
        ];
        if (methods.Length == 0)
        {
            throw new ArgumentException($"{typeof(T)} has no method with [HostTool]. Mark those that Python may call.");
        }
        var tools = new List<HostTool>();
        var problems = new List<string>();
        foreach (MethodInfo method in methods)
        {
            try
            {
                tools.Add(ToolOf<T>(method));
            }
            catch (ArgumentException error)
            {
                problems.Add(error.Message);
            }
        }
        ImmutableDictionary<string, HostTool> before;
        ImmutableDictionary<string, HostTool>.Builder after;
        do
        {
            before = Present;
            after = before.ToBuilder();
            problems.AddRange(tools.Where(tool => !after.TryAdd(tool.Name, tool)).Select(static tool => Taken(tool.Name)));
            if (problems.Count > 0)
            {
                throw new ArgumentException($"No method of {typeof(T)} was added as a host tool. {string.Join(' ', problems)}");
            }
        }
        while (Interlocked.CompareExchange(ref _tools, after.ToImmutable(), before) != before);
        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<HostTool> GetEnumerator() => Present.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Has the functions of another collection instead of its own.</summary>
    internal void TakeFrom(HostToolCollection other) => Volatile.Write(ref _tools, other.Present);

    internal HostTool? Find(string name) => Present.GetValueOrDefault(name);

    private static string Taken(string name) => $"There is a host tool '{name}' already. Give one of them another name.";

    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    private static HostTool ToolOf<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(MethodInfo method)
        where T : class
    {
        HostToolAttribute mark = method.GetCustomAttribute<HostToolAttribute>(inherit: true)!;
        string name = mark.Name ?? method.Name;
        var invocation = new HostMethod(name, method, hasTarget: !method.IsStatic);
        return Create(
            name,
            mark.Description,
            (call, cancellation) => invocation.RunAsync(method.IsStatic ? null : HostMethod.Resolve<T>(call), call, cancellation));
    }

    private static HostTool Create(string name, string description, Func<HostToolCall, CancellationToken, ValueTask<object?>> run)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(description);
        if (!Name().IsMatch(name))
        {
            throw new ArgumentException(
                $"'{Shown.Text(name)}' cannot name a host tool. A name has 1 to 64 letters, digits, '_', '-' and '.', and begins with a "
                + "letter or a digit.");
        }
        int size = Encoding.UTF8.GetByteCount(description);
        if (size > MaxDescription)
        {
            throw new ArgumentException(
                $"The description of host tool '{name}' has {size:N0} bytes; at most {MaxDescription:N0} are allowed.");
        }
        return new HostTool(name, description, run);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_\-.]{0,63}\z")]
    private static partial Regex Name();
}
