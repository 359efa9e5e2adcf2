using Microsoft.Extensions.Configuration;
using Snakepit.Configuration;

namespace Snakepit.Cli.Local;

/// <summary>Reads settings from a command line: the names and values of configuration, as <c>Recycle.Ttl=1h</c>.</summary>
internal static class Settings
{
    private const string Section = "Settings";

    /// <exception cref="SnakepitConfigurationException">A setting is unknown, or its value is not allowed; lists all of them.</exception>
    public static void Apply(PoolOptions pool, IEnumerable<string> settings)
    {
        var values = new Dictionary<string, string?>();
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=');
            if (equals <= 0)
            {
                throw new CliException(
                    ExitCode.WrongCommandLine, $"'{Shown.Text(setting)}' is no setting. Write its name and its value: Size=2.");
            }
            values[$"{Section}:{setting[..equals].Replace('.', ':')}"] = setting[(equals + 1)..];
        }
        List<string> problems = [];
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        PoolOptionTable.Table.Bind(configuration.GetSection(Section), pool, problems);
        ConfigurationProblems.ThrowIfAny(
            [.. problems.Select(problem => AsWritten(problem.Replace($"{Section}:", "", StringComparison.Ordinal), settings))]);
    }

    /// <summary>Returns a problem with the names of settings as they were written: <c>Call.Timeout</c>.</summary>
    private static string AsWritten(string problem, IEnumerable<string> settings) => settings
        .Select(static setting => setting.Split('=')[0])
        .Aggregate(problem, static (text, name) => text.Replace(name.Replace('.', ':'), name, StringComparison.OrdinalIgnoreCase));
}
