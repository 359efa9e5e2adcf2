using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Reports whether the machine and the pools have what workers need.</summary>
public sealed record DoctorReport
{
    /// <summary>Gets the checks of the machine and of this process, in a fixed order.</summary>
    public required IReadOnlyList<DoctorCheck> Machine { get; init; }

    /// <summary>Gets what was found out about each pool, in the order of their names.</summary>
    public required IReadOnlyList<PoolExamination> Pools { get; init; }

    /// <summary>Gets the time that the examination took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets all checks: those of the machine, then those of the pools.</summary>
    public IEnumerable<DoctorCheck> Checks => Machine.Concat(Pools.SelectMany(static pool => pool.Checks));

    /// <summary>Gets the worst result of all checks: <see cref="DoctorStatus.Failed"/>, <see cref="DoctorStatus.Warning"/> or
    /// <see cref="DoctorStatus.Ok"/>. Skipped checks do not count.</summary>
    public DoctorStatus Status => Checks.Any(static check => check.Status == DoctorStatus.Failed) ? DoctorStatus.Failed
        : Checks.Any(static check => check.Status == DoctorStatus.Warning) ? DoctorStatus.Warning
        : DoctorStatus.Ok;

    /// <summary>Returns one line for each check, and a second one for each remedy.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Status} after {Shown.Duration(Duration)}");
        foreach (DoctorCheck check in Checks)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {check}");
        }
        return text.ToString();
    }
}

/// <summary>Reports the result of one check.</summary>
public sealed record DoctorCheck
{
    /// <summary>Gets the name of the check, such as <c>interpreter</c> or <c>open-files</c>. Names do not change between
    /// versions.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the pool that the check is about; null for a check of the machine.</summary>
    public string? Pool { get; init; }

    /// <summary>Gets the result.</summary>
    public required DoctorStatus Status { get; init; }

    /// <summary>Gets what was found, or why the check was skipped.</summary>
    public required string Found { get; init; }

    /// <summary>Gets what to do about it; null if there is nothing to do.</summary>
    public string? Remedy { get; init; }

    /// <summary>Returns the result, the pool, the name and what was found, and the remedy on a line of its own.</summary>
    public override string ToString() =>
        $"{Status}: {(Pool is null ? "" : $"{Pool}: ")}{Name}: {Found}{(Remedy is null ? "" : $"\n    {Remedy}")}";
}

/// <summary>Specifies the result of a check.</summary>
public enum DoctorStatus
{
    /// <summary>Everything is as it should be.</summary>
    Ok,

    /// <summary>Workers run, but something costs speed, or may go wrong later.</summary>
    Warning,

    /// <summary>Workers cannot start, or not all of them.</summary>
    Failed,

    /// <summary>The check does not apply here, or could not run because of an earlier result.</summary>
    Skipped,
}

/// <summary>Reports what was found out about one pool.</summary>
public sealed record PoolExamination
{
    /// <summary>Gets the name of the pool.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the checks of the pool, in a fixed order.</summary>
    public required IReadOnlyList<DoctorCheck> Checks { get; init; }

    /// <summary>Gets the pool's interpreter with its packages; null if there is none.</summary>
    public PythonDescription? Python { get; init; }

    /// <summary>Gets the tools of the adapter; empty if it was not loaded.</summary>
    public IReadOnlyList<ToolDescriptor> Tools { get; init; } = [];

    /// <summary>Gets what is known of threads and the libraries that the adapter imports; empty for a pool without threads.</summary>
    public IReadOnlyList<ThreadHazard> Hazards { get; init; } = [];

    /// <summary>Returns the pool with its interpreter, and one line for each check.</summary>
    public override string ToString() =>
        $"Pool '{Name}'{(Python is null ? "" : $": {Python}")}{string.Concat(Checks.Select(static check => $"\n  {check}"))}";
}

/// <summary>Describes what to mind when several threads use a library.</summary>
public sealed record ThreadHazard
{
    /// <summary>Gets the name of the module.</summary>
    public required string Library { get; init; }

    /// <summary>Gets what is not safe.</summary>
    public required string Hazard { get; init; }

    /// <summary>Gets what to do instead.</summary>
    public required string Remedy { get; init; }

    /// <summary>Gets the address of the page that says so.</summary>
    public required string Source { get; init; }

    /// <summary>Returns library, hazard, remedy and source.</summary>
    public override string ToString() => $"{Library}: {Hazard}; {Remedy} ({Source})";
}

/// <summary>Options for an examination.</summary>
public sealed class DoctorOptions
{
    /// <summary>Gets or sets whether the adapters are loaded, in a process of their own that ends at once. Their imports run; their
    /// <c>setup()</c> does not. Default true.</summary>
    public bool LoadsAdapters { get; set; } = true;

    /// <summary>Gets or sets how long an adapter may take to load. Default null: the pool's <see cref="BootOptions.Timeout"/>.</summary>
    public TimeSpan? AdapterTimeout { get; set; }

    /// <summary>Gets the modules that every pool must be able to import, in addition to those that the adapters import and
    /// <see cref="StartOptions.Preload"/> names. Default: empty.</summary>
    public IList<string> RequiredModules { get; } = [];
}
