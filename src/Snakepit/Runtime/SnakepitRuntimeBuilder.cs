using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snakepit.Configuration;
using Snakepit.Runtime;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit;

/// <summary>Collects the pools and settings of a <see cref="SnakepitRuntime"/>. Code overrides configuration, where a pool's own section
/// overrides <c>Defaults</c>, and configuration overrides the built-in defaults. Not safe for use by several threads.</summary>
public sealed class SnakepitRuntimeBuilder
{
    private readonly List<SnakepitSection> _sections = [];
    private readonly List<PoolRegistration> _pools = [];
    private readonly List<string> _problems = [];

    internal SnakepitRuntimeBuilder()
    {
    }

    /// <summary>Gets the settings that all pools share.</summary>
    public SnakepitOptions Options { get; } = new();

    /// <summary>Gets or sets the factory of the runtime's loggers. Default: nothing is logged.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Gets or sets the clock of every timeout and limit. Default: the system's clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The factory of the meter; null when the runtime owns the meter.</summary>
    internal IMeterFactory? MeterFactory { get; set; }

    /// <summary>The services of the host application, for host tools; null without one.</summary>
    internal IServiceProvider? Provider { get; set; }

    /// <summary>The name of the host's environment; null without a host.</summary>
    internal string? EnvironmentName { get; set; }

    /// <summary>The whole configuration, for messages about a missing section; null when it is unknown.</summary>
    internal IConfiguration? Configuration { get; set; }

    /// <summary>Finds what is wrong in the host's services, given the names of the pools; null without a container.</summary>
    internal Func<IReadOnlyCollection<string>, IEnumerable<string>>? CheckServices { get; set; }

    /// <summary>Starts workers; null for real processes.</summary>
    internal IWorkerStarter? Starter { get; set; }

    /// <summary>Whether real processes use the means that every platform has, even if the platform has better ones.</summary>
    internal bool UsesStandardStreams { get; set; } = !OperatingSystem.IsLinux();

    /// <summary>The default of <see cref="PoolOptions.Adapter"/>, for workers that are not real and need none.</summary>
    internal string DefaultAdapter { get; set; } = "";

    /// <summary>Reads <c>StartPolicy</c>, <c>Defaults</c> and <c>Pools</c> from a configuration section. A later section overrides an
    /// earlier one, and what is set on <see cref="Options"/> afterwards overrides both.</summary>
    /// <param name="section">The section, such as <c>configuration.GetSection("Snakepit")</c>, which must exist.</param>
    public SnakepitRuntimeBuilder UseConfiguration(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var read = new SnakepitSection(section);
        Bind(read, Options, _problems);
        _sections.Add(read);
        return this;
    }

    /// <summary>Adds a pool. Where configuration has the pool under <c>Pools</c> already, adds settings in code that override it.</summary>
    /// <param name="name">The pool's name: letters, digits, <c>_</c>, <c>.</c> and <c>-</c>; at most 64 characters. Names that differ in
    /// case only are the same.</param>
    /// <param name="configure">Sets the options of the pool.</param>
    /// <exception cref="SnakepitConfigurationException">The name is not allowed, or a pool of that name was added before.</exception>
    public SnakepitRuntimeBuilder AddPool(string name, Action<PoolOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddPool(new PoolRegistration(name, null, configure));
    }

    /// <summary>Adds a pool with a configuration section of its own, which must exist.</summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="section">The settings of the pool, which override those of <see cref="UseConfiguration"/>.</param>
    /// <param name="configure">Sets options of the pool, which override all others.</param>
    /// <exception cref="SnakepitConfigurationException">The name is not allowed, or a pool of that name was added before.</exception>
    public SnakepitRuntimeBuilder AddPool(string name, IConfigurationSection section, Action<PoolOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddPool(new PoolRegistration(name, section, configure));
    }

    internal SnakepitRuntimeBuilder AddPool(PoolRegistration pool)
    {
        pool.ThrowIfInvalid([.. _pools.Select(static other => other.Name)]);
        _pools.Add(pool);
        return this;
    }

    /// <exception cref="SnakepitConfigurationException">Something is missing, unknown or out of range; lists all of it.</exception>
    internal (SnakepitOptions Options, IReadOnlyDictionary<string, PoolOptions> Pools) Build() =>
        (Options, BuildPools([.. _problems, .. RuntimeOptionTable.Table.Check(Options)]));

    /// <summary>Reads the sections again, and asks the delegates of pools again.</summary>
    /// <returns>The settings of the runtime as the sections say, which only another start puts in force, and the pools.</returns>
    /// <exception cref="SnakepitConfigurationException">Something is missing, unknown or out of range; lists all of it.</exception>
    internal (SnakepitOptions Sections, IReadOnlyDictionary<string, PoolOptions> Pools) BuildAgain()
    {
        List<string> problems = [];
        SnakepitOptions options = ReadOptions(problems);
        problems.AddRange(RuntimeOptionTable.Table.Check(options));
        return (options, BuildPools(problems));
    }

    private SnakepitOptions ReadOptions(List<string> problems)
    {
        var options = new SnakepitOptions();
        _sections.ForEach(section => Bind(section, options, problems));
        return options;
    }

    private void Bind(SnakepitSection section, SnakepitOptions options, List<string> problems)
    {
        if (!section.Section.Exists())
        {
            problems.Add(
                $"Snakepit: {MissingSection.Tell(section.Section, Configuration)} Correct the name given to AddSnakepit or "
                    + "UseConfiguration, add the section, or leave it out.");
        }
        section.Bind(options, problems);
    }

    private Dictionary<string, PoolOptions> BuildPools(List<string> problems)
    {
        var pools = new Dictionary<string, PoolOptions>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in _pools.Select(static pool => pool.Name).Concat(_sections.SelectMany(static section => section.PoolNames)))
        {
            if (!pools.ContainsKey(name))
            {
                pools.Add(name, Compose(name, problems));
            }
        }
        if (pools.Count == 0)
        {
            problems.Add(UnreadPools.Tell(_sections, Configuration));
        }
        else
        {
            problems.AddRange(CheckServices?.Invoke(pools.Keys) ?? []);
        }
        ConfigurationProblems.ThrowIfAny(problems);
        return pools;
    }

    internal SnakepitRuntime CreateRuntime()
    {
        (SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools) = Build();
        WarnOfUnreadSections();
        return new SnakepitRuntime(options, pools, new RuntimeServices
        {
            LoggerFactory = LoggerFactory,
            TimeProvider = TimeProvider,
            MeterFactory = MeterFactory,
            EnvironmentName = EnvironmentName,
            Provider = Provider,
            Starter = Starter,
            UsesStandardStreams = UsesStandardStreams,
            Composition = new Composition(
                ReadOptions([]),
                BuildAgain,
                [
                    .. _sections.Select(static section => section.Section),
                    .. _pools.Select(static pool => pool.Section).OfType<IConfigurationSection>(),
                ]),
        });
    }

    private void WarnOfUnreadSections()
    {
        if (Configuration is null)
        {
            return;
        }
        Func<string, bool> isKey = SnakepitSection.IsKey, isPoolKey = PoolOptionTable.Table.IsSettingOrGroup;
        (IConfigurationSection, Func<string, bool>)[] read =
        [
            .. _sections.Select(section => (section.Section, isKey)),
            .. _pools.Select(static pool => pool.Section).OfType<IConfigurationSection>().Select(section => (section, isPoolKey)),
        ];
        ILogger logger = LoggerFactory.CreateLogger(TelemetryNames.LogCategory);
        foreach (UnreadSection unread in UnreadSection.Find(Configuration, read))
        {
            logger.SectionNotRead(unread.Path, unread.NearPath);
        }
    }

    private PoolOptions Compose(string name, List<string> problems)
    {
        var options = new PoolOptions { Adapter = DefaultAdapter };
        foreach (SnakepitSection section in _sections)
        {
            PoolOptionTable.Table.Bind(section.Defaults, options, problems);
        }
        foreach (SnakepitSection section in _sections)
        {
            PoolOptionTable.Table.Bind(section.Pool(name), options, problems);
        }
        _pools.Find(pool => pool.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Apply(options, Configuration, problems);
        PoolOptionsValidator.Check(name, options, problems);
        return options;
    }
}
