using System.Globalization;
using Snakepit.Python;

namespace Snakepit.Configuration;

/// <summary>
/// Checks the options of a pool before it starts. Ranges are in <see cref="PoolOptionTable"/>. The rules here check the contents of texts,
/// and which options go together.
/// </summary>
internal static class PoolOptionsValidator
{
    private const int LongestToolName = 1_000;
    private const int LongestAdapter = 4_096; // characters; the longest path on Linux

    private static readonly MemorySize s_leastMemory = MemorySize.FromMiB(1);

    /// <summary>The rules. Each returns the problems that it finds, with values and remedy.</summary>
    public static IReadOnlyList<Func<PoolOptions, IEnumerable<string>>> Rules { get; } =
    [
        Adapter, ToolNames, PreloadedModules, ModulePath, Variables, .. PoolOptionTable.Orders.Select(Order),
        Sizes, StopFirst, Zygote, QueueRoom, MemoryLimits, Interpreter, Pipeline,
    ];

    public static void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (!PoolName.IsValid(pool))
        {
            problems.Add(PoolName.Problem(pool));
        }
        foreach (string problem in PoolOptionTable.Table.Check(options).Concat(Rules.SelectMany(rule => rule(options))))
        {
            problems.Add($"Pool '{pool}': {problem}");
        }
    }

    private static IEnumerable<string> Adapter(PoolOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Adapter))
        {
            yield return "Adapter is empty; a pool needs the Python code to run. "
                + "Set Adapter to a file ('adapters/text.py'), a module ('acme.text') or one with its class ('acme.text:Tools').";
        }
        else if (options.Adapter.Any(char.IsControl))
        {
            yield return "Adapter has a control character, such as a line break or a zero; neither a path nor a module contains one on "
                + "purpose. Remove it from Adapter.";
        }
        else if (options.Adapter.Length > LongestAdapter)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Adapter has {options.Adapter.Length:N0} characters, more than a path or a module's name can have. "
                + $"Set Adapter to a name of at most {LongestAdapter:N0}.");
        }
    }

    private static IEnumerable<string> ToolNames(PoolOptions options) =>
        [.. ToolName("Start.Warmup", options.Start.Warmup), .. ToolName("Health.CheckTool", options.Health.CheckTool)];

    private static IEnumerable<string> ToolName(string setting, string? name) => When(
        name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > LongestToolName),
        $"{setting} is a blank or overlong name; it must name a tool of the adapter. Set {setting} to its name, or to null.");

    private static IEnumerable<string> PreloadedModules(PoolOptions options) =>
        from name in options.Start.Preload
        where !IsModule(name)
        select $"Start.Preload has '{Shown.Text(name ?? "")}'; it takes names of modules. "
            + "Set Start.Preload to names as after 'import', such as 'numpy'.";

    private static bool IsModule(string? name) =>
        !string.IsNullOrEmpty(name) && name.Split('.').All(static part =>
            part.Length > 0 && !char.IsDigit(part[0]) && part.All(static c => c == '_' || char.IsLetterOrDigit(c)));

    /// <summary>Python takes an empty entry for the working directory.</summary>
    private static IEnumerable<string> ModulePath(PoolOptions options)
    {
        string entries = Shown.Text(string.Join("', '", options.Python.PythonPath), Shown.LongestReason / 2);
        return When(
            options.Python.PythonPath.Any(string.IsNullOrWhiteSpace),
            $"Python.PythonPath has an empty entry in '{entries}'; each must name a folder. "
            + "Remove the entry from Python.PythonPath, or write '.' for the working directory.");
    }

    /// <summary>
    /// Checks names and values by the rules of operating systems for environments. Values may be secret, so messages do not show them.
    /// </summary>
    private static IEnumerable<string> Variables(PoolOptions options)
    {
        foreach ((string name, string? value) in options.Python.Variables)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
            {
                yield return $"Python.Variables has the name '{Shown.Text(name)}'; "
                    + "a name must not be empty or contain '=' or a zero character. Rename it in Python.Variables.";
            }
            else if (value is not null && value.Contains('\0'))
            {
                yield return $"Python.Variables has a zero character in the value of '{Shown.Text(name)}'; an environment cannot carry it. "
                    + "Encode the value in Python.Variables, in base64 for example.";
            }
        }
    }

    /// <summary>Checks that one setting does not exceed another. A value outside its own range is reported only there.</summary>
    private static Func<PoolOptions, IEnumerable<string>> Order((string Smaller, string Larger, string Why) order)
    {
        Option<PoolOptions> smaller = PoolOptionTable.Table[order.Smaller];
        Option<PoolOptions> larger = PoolOptionTable.Table[order.Larger];
        return options => When(
            smaller.Check(options) is null && larger.Check(options) is null
                && System.Collections.Comparer.DefaultInvariant.Compare(smaller.Read(options), larger.Read(options)) > 0,
            $"{smaller.Path} is {smaller.Show(options)} and {larger.Path} is {larger.Show(options)}; {order.Why}. "
            + $"Lower {smaller.Path} or raise {larger.Path}.");
    }

    private static IEnumerable<string> Sizes(PoolOptions options)
    {
        if (options is { MinSize: { } least, MaxSize: { } most } && least > most)
        {
            yield return $"MinSize is {OptionText.Format(least)} and MaxSize is {OptionText.Format(most)}; "
                + "the least number of workers cannot exceed the greatest. Lower MinSize or raise MaxSize.";
        }
        else if (options.MinReady <= options.Size && options.MinReady > options.LeastWorkers)
        {
            string bound = options.MinSize is null ? "MaxSize" : "MinSize";
            yield return $"MinReady is {OptionText.Format(options.MinReady)} and {bound} is {OptionText.Format(options.LeastWorkers)}; "
                + $"the pool may have no more workers than that. Lower MinReady or raise {bound}.";
        }
    }

    /// <summary>Checks that a pool with StopFirst can do without the worker that it stops before the replacement starts.</summary>
    private static IEnumerable<string> StopFirst(PoolOptions options) => When(
        options.Recycle.Mode == RecycleMode.StopFirst && options.MinReady >= options.Size && options.Size > 0,
        $"Recycle.Mode is StopFirst, MinReady is {OptionText.Format(options.MinReady)} and Size is {OptionText.Format(options.Size)}; "
        + "a worker that stops first leaves the pool below MinReady, so none could ever be replaced. "
        + "Lower MinReady (0: calls wait meanwhile), raise Size, or set Recycle.Mode to StartFirst.");

    private static IEnumerable<string> Zygote(PoolOptions options)
    {
        int modules = options.Start.Preload.Count;
        if (modules > 0 && options.Start.Method == StartMethod.Spawn)
        {
            yield return $"Start.Preload names {OptionText.Format(modules)} modules and Start.Method is Spawn; only a zygote preloads. "
                + "Set Start.Method to Zygote, or empty Start.Preload.";
        }
        if (options.Transport.Portable && (modules > 0 || options.Start.Method == StartMethod.Zygote))
        {
            yield return "Transport.Portable is true and workers are to be forked from a zygote, which not every Unix does safely. "
                + "Set Start.Method to Spawn and empty Start.Preload, or set Transport.Portable to false.";
        }
    }

    private static IEnumerable<string> QueueRoom(PoolOptions options) => When(
        options.Queue is { WhenFull: QueueFullMode.Wait, Limit: 0 },
        "Queue.WhenFull is Wait and Queue.Limit is 0; a queue that holds no call never has room to wait for. "
        + "Set Queue.Limit to the number of calls that may wait encoded, such as 1000, or Queue.WhenFull to Reject.");

    private static IEnumerable<string> MemoryLimits(PoolOptions options) => When(
        options.Memory is { SoftLimit: { } soft, HardLimit: { } hard } && hard <= soft && hard >= s_leastMemory,
        $"Memory.HardLimit is {options.Memory.HardLimit} and Memory.SoftLimit is {options.Memory.SoftLimit}; "
        + "a worker would be killed before it could be replaced. Raise Memory.HardLimit or lower Memory.SoftLimit.");

    private static IEnumerable<string> Interpreter(PoolOptions options)
    {
        (string Setting, string? Value)[] named =
        [
            ("Python.Executable", options.Python.Executable), ("Python.Environment", options.Python.Environment),
            ("Python.Project", options.Python.Project),
        ];
        named = Array.FindAll(named, static setting => setting.Value is not null);
        if (named.Length > 1)
        {
            yield return $"{string.Join(" and ", named.Select(static x => $"{x.Setting} is '{Shown.Text(x.Value!)}'"))}; "
                + $"each of them names an interpreter. Set only one of {string.Join(" and ", named.Select(static x => x.Setting))}.";
        }
        if (options.Python is { PrepareEnvironment: true, Project: null })
        {
            yield return "Python.PrepareEnvironment is true and Python.Project is not set; "
                + "an environment is prepared from a project's files. "
                + "Set Python.Project to the project's folder, or Python.PrepareEnvironment to false.";
        }
        if (options.Python.Version is { } version && !VersionRange.TryParse(version, out _))
        {
            yield return $"Python.Version is '{Shown.Text(version)}'; it takes a range of versions. "
                + "Set Python.Version to one such as '3.12', '>=3.11' or '>=3.10,<3.13'.";
        }
    }

    private static IEnumerable<string> Pipeline(PoolOptions options) => When(
        options.Pipeline is not null
            && (options.Retry is not { MaxRetries: 0, AttemptTimeout: null } || options.Breaker.FailureRatio is not null),
        "Pipeline is set, and so is Retry.MaxRetries, Retry.AttemptTimeout or Breaker.FailureRatio, which it replaces. "
        + "Remove those, or leave Pipeline null.");

    private static IEnumerable<string> When(bool isBroken, string problem) => isBroken ? [problem] : [];
}
