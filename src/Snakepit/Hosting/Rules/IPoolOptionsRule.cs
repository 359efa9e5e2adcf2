namespace Snakepit.Hosting.Rules;

/// <summary>One thing that must hold of a pool's options. A problem states the value, the rule and the remedy.</summary>
internal interface IPoolOptionsRule
{
    void Check(string pool, PoolOptions options, ICollection<string> problems);
}
