using System.CommandLine;

namespace Snakepit.Cli.Local;

/// <summary>The options by which a command describes a pool that only it uses: its interpreter and any other setting.</summary>
internal sealed class AdHocPool
{
    private readonly Option<string?> _python = new("--python")
    {
        Description = "The interpreter: a path, or a name on the PATH. Default: the one that a pool would find.", HelpName = "PATH",
    };

    private readonly Option<string[]> _settings = new("--set")
    {
        Description = "A setting of the pool, such as Size=2 or Python.Environment=.venv. May be repeated.", HelpName = "NAME=VALUE",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_python);
        command.Options.Add(_settings);
    }

    /// <summary>Returns whether the user has described a pool.</summary>
    public bool IsAskedFor(ParseResult parsed) => parsed.GetValue(_python) is not null || parsed.GetValue(_settings) is { Length: > 0 };

    /// <summary>Returns which of some settings the user has given; null when none.</summary>
    public string? Sets(ParseResult parsed, params IEnumerable<string> names) => names.FirstOrDefault(
        name => (parsed.GetValue(_settings) ?? []).Any(setting => setting.StartsWith($"{name}=", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Sets what the user has asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="pool">The options of the pool.</param>
    /// <param name="folder">The folder that relative paths begin in.</param>
    /// <exception cref="SnakepitConfigurationException">A setting is unknown, or its value is not allowed.</exception>
    public void Apply(ParseResult parsed, PoolOptions pool, string folder)
    {
        if (parsed.GetValue(_python) is { } python)
        {
            pool.Python.Executable = python.Contains(Path.DirectorySeparatorChar) ? Path.GetFullPath(python, folder) : python;
        }
        Settings.Apply(pool, parsed.GetValue(_settings) ?? []);
    }

    /// <summary>Returns an adapter as a pool finds it from anywhere: a file in the user's folder with its full path.</summary>
    public static string Locate(string adapter, string folder)
    {
        (string file, string rest) = adapter.IndexOf(".py:", StringComparison.Ordinal) is >= 0 and var at
            ? (adapter[..(at + 3)], adapter[(at + 3)..])
            : (adapter, "");
        string path = Path.GetFullPath(file, folder);
        return File.Exists(path) ? path + rest : adapter;
    }
}
