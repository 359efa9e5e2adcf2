namespace Snakepit.Hosting.Rules;

/// <summary>The detail is one that exists.</summary>
internal sealed class UnserializableRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        UnserializableDetail value = options.Values.Unserializable;
        if (!Enum.IsDefined(value))
        {
            string names = string.Join(", ", Enum.GetNames<UnserializableDetail>());
            problems.Add($"Pool '{pool}': Values.Unserializable is {value}; there is no such detail. Set Values.Unserializable to one of {names}.");
        }
    }
}
