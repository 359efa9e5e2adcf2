namespace Snakepit.Hosting.Rules;

/// <summary>Names and values are what an operating system takes for an environment. Values may be secret and are not shown.</summary>
internal sealed class VariablesRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        foreach ((string name, string? value) in options.Python.Variables)
        {
            if (name.Length == 0 || name.Contains('=') || name.Contains('\0'))
            {
                problems.Add(
                    $"Pool '{pool}': Python.Variables has the name '{Shown.Text(name)}'; a name must not be empty or contain '=' or a zero character. "
                    + "Rename it in Python.Variables.");
            }
            else if (value is not null && value.Contains('\0'))
            {
                problems.Add(
                    $"Pool '{pool}': Python.Variables has a zero character in the value of '{Shown.Text(name)}'; an environment cannot carry it. "
                    + "Encode the value in Python.Variables, in base64 for example.");
            }
        }
    }
}
