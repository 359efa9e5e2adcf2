using System.Globalization;

namespace Snakepit.Hosting.Rules;

/// <summary>A pool without an adapter has no tools, and a name that cannot be shown in one line is none.</summary>
internal sealed class AdapterRule : IPoolOptionsRule
{
    private const int Longest = 4_096; // characters; as long as a path can be on Linux

    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (string.IsNullOrWhiteSpace(options.Adapter))
        {
            problems.Add(
                $"Pool '{pool}': Adapter is empty; a pool needs the Python code to run. "
                + "Set Adapter to a file ('adapters/text.py'), a module ('acme.text') or one with its class ('acme.text:Tools').");
        }
        else if (options.Adapter.Any(char.IsControl))
        {
            problems.Add(
                $"Pool '{pool}': Adapter has a control character, such as a line break or a zero; neither a path nor a module contains one on purpose. "
                + "Remove it from Adapter.");
        }
        else if (options.Adapter.Length > Longest)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Pool '{pool}': Adapter has {options.Adapter.Length:N0} characters, more than a path or a module's name can have. Set Adapter to a name of at most {Longest:N0}."));
        }
    }
}
