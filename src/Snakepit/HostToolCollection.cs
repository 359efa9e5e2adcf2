using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Snakepit;

/// <summary>Functions of the host that Python may call, as <c>ctx.host.lookup(key="x")</c>: those of a pool, or of one session. Safe for
/// use by any number of threads.</summary>
public class HostToolCollection : IReadOnlyCollection<HostTool>
{
    private ImmutableDictionary<string, HostTool> _tools = ImmutableDictionary.Create<string, HostTool>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Count => _tools.Count;

    /// <summary>Gets the tools by their names, as they are now.</summary>
    internal ImmutableDictionary<string, HostTool> Present => Volatile.Read(ref _tools);

    /// <summary>Adds a tool.</summary>
    /// <param name="tool">The tool.</param>
    /// <exception cref="ArgumentException">There is a tool with its name already.</exception>
    public HostToolCollection Add(HostTool tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        return ImmutableInterlocked.TryAdd(ref _tools, tool.Name, tool) ? this : throw new ArgumentException(Taken(tool.Name));
    }

    /// <summary>Adds a function that reads its arguments itself.</summary>
    /// <inheritdoc cref="Add(string, string, Func{HostToolCall, CancellationToken, ValueTask{object?}})"/>
    public HostToolCollection Add(string name, Func<HostToolCall, CancellationToken, ValueTask<object?>> run) => Add(name, "", run);

    /// <summary>Adds a function that reads its arguments itself, with a description.</summary>
    /// <param name="name">The name by which Python calls it: 1 to 64 letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, the first a letter
    /// or a digit.</param>
    /// <param name="description">What it does, for <c>ctx.host.tools</c> in Python; at most 4,096 bytes.</param>
    /// <param name="run">Runs it, on the thread pool. Its token is cancelled when nobody waits for the worker's call any more.</param>
    /// <exception cref="ArgumentException">The name is not allowed or taken, or the description is too long.</exception>
    public HostToolCollection Add(string name, string description, Func<HostToolCall, CancellationToken, ValueTask<object?>> run) =>
        Add(new HostTool(name, run) { Description = description });

    /// <summary>Adds a method, whose parameters become the arguments.</summary>
    /// <inheritdoc cref="Add(string, string, Delegate)"/>
    [RequiresUnreferencedCode(HostMethod.Reflection)]
    [RequiresDynamicCode(HostMethod.Reflection)]
    public HostToolCollection Add(string name, Delegate method) => Add(name, "", method);

    /// <summary>Adds a method, whose parameters become the arguments, by name or by position, with a description. Parameters of the types
    /// <see cref="CancellationToken"/>, <see cref="HostToolCall"/> and <see cref="IServiceProvider"/> are not arguments; they are
    /// provided. The result may be a value, a <see cref="Task"/> or a <see cref="ValueTask"/>.</summary>
    /// <param name="name">The name by which Python calls it, as for a function that reads its arguments itself.</param>
    /// <param name="description">What it does, for <c>ctx.host.tools</c> in Python; at most 4,096 bytes.</param>
    /// <param name="method">The method: <c>(string key, CancellationToken ct) => …</c>.</param>
    /// <exception cref="ArgumentException">The name is not allowed or taken, the description is too long, or the method has a parameter or
    /// a result that cannot travel.</exception>
    [RequiresUnreferencedCode(HostMethod.Reflection)]
    [RequiresDynamicCode(HostMethod.Reflection)]
    public HostToolCollection Add(string name, string description, Delegate method) =>
        Add(new HostTool(name, method) { Description = description });

    /// <summary>Adds the methods of a class that are marked with <see cref="HostToolAttribute"/>: all of them, or none if one cannot be
    /// added. For each call, the instance comes from a scope of the host application's services, or is created with what they have for its
    /// constructor.</summary>
    /// <typeparam name="T">The class.</typeparam>
    /// <exception cref="ArgumentException">The class has no such method, or some cannot be added; the message says what is wrong with
    /// each.</exception>
    [RequiresUnreferencedCode(HostMethod.Reflection)]
    [RequiresDynamicCode(HostMethod.Reflection)]
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

    [RequiresUnreferencedCode(HostMethod.Reflection)]
    [RequiresDynamicCode(HostMethod.Reflection)]
    private static HostTool ToolOf<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(MethodInfo method)
        where T : class
    {
        HostToolAttribute mark = method.GetCustomAttribute<HostToolAttribute>(inherit: true)!;
        string name = mark.Name ?? method.Name;
        var metadata = new Dictionary<string, string>();
        foreach (HostToolMetadataAttribute entry in method.GetCustomAttributes<HostToolMetadataAttribute>(inherit: true))
        {
            if (!metadata.TryAdd(entry.Name, entry.Value))
            {
                throw new ArgumentException(
                    $"Host tool '{name}' has the metadata '{Shown.Text(entry.Name)}' twice. Give one of them another name.");
            }
        }
        return new HostTool(
            name,
            new HostMethod(name, method, hasTarget: !method.IsStatic),
            call => method.IsStatic ? null : HostMethod.Resolve<T>(call))
        {
            Description = mark.Description,
            Metadata = metadata,
        };
    }
}
