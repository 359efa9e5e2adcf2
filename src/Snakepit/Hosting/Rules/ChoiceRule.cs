namespace Snakepit.Hosting.Rules;

/// <summary>The value is one that exists.</summary>
internal sealed class ChoiceRule<T>(string setting, Func<PoolOptions, T> read, string what) : IPoolOptionsRule
    where T : struct, Enum
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        T value = read(options);
        if (!Enum.IsDefined(value))
        {
            string names = string.Join(", ", Enum.GetNames<T>());
            problems.Add($"Pool '{pool}': {setting} is {value}; there is no such {what}. Set {setting} to one of {names}.");
        }
    }
}
