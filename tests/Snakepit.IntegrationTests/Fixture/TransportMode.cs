namespace Snakepit.IntegrationTests.Fixture;

/// <summary>How the workers of these tests are talked to: the whole set runs once in each mode.</summary>
internal static class TransportMode
{
    /// <summary>The trait of test classes whose subject is the same in both modes; with the value <see cref="Native"/> a class runs in the first only.</summary>
    public const string Trait = "Mode";

    public const string Native = "Native";

    /// <summary>Set to 1: sockets, no shared page, and json.</summary>
    private const string Variable = "SNAKEPIT_TEST_PORTABLE";

    public static bool IsPortable { get; } = Environment.GetEnvironmentVariable(Variable) == "1";
}
