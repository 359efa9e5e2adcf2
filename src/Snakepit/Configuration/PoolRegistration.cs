using Microsoft.Extensions.Configuration;

namespace Snakepit.Configuration;

/// <summary>A pool as code adds it: a section of its own and a delegate, both optional.</summary>
internal sealed record PoolRegistration(string Name, IConfigurationSection? Section, Action<PoolOptions>? Configure)
{
    /// <exception cref="SnakepitConfigurationException">The name is invalid, or among <paramref name="taken"/>.</exception>
    public void ThrowIfInvalid(IReadOnlyCollection<string> taken)
    {
        ArgumentNullException.ThrowIfNull(Name);
        if (!PoolName.IsValid(Name))
        {
            throw new SnakepitConfigurationException(PoolName.Problem(Name));
        }
        if (taken.Contains(Name, StringComparer.OrdinalIgnoreCase))
        {
            throw new SnakepitConfigurationException(
                $"Pool '{Name}' is added twice; names are compared without case. "
                + "Add each pool once, with all its settings, or rename one.");
        }
    }

    /// <summary>Applies the section, then the delegate, to <paramref name="options"/>.</summary>
    public void Apply(PoolOptions options, IConfiguration? configuration, ICollection<string> problems)
    {
        if (Section is not null)
        {
            if (!Section.Exists())
            {
                problems.Add(
                    $"Pool '{Name}': {MissingSection.Tell(Section, configuration)} "
                    + "Add the section, or correct the path given to AddPool.");
            }
            PoolOptionTable.Table.Bind(Section, options, problems);
        }
        Configure?.Invoke(options);
    }
}
