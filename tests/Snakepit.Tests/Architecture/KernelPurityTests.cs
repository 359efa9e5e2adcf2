using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Architecture;

[Trait("Rule", "A1"), Trait("Rule", "A2")]
public sealed class KernelPurityTests
{
    private const string Planted = "Snakepit.Tests.Architecture.Planted";

    /// <summary>The types that the kernel shares with all other rooms: keys and outcomes of calls.</summary>
    private static readonly Type[] s_names = [typeof(CallKey), typeof(WorkerKey), typeof(Outcome), typeof(ReplyKind)];

    [Fact]
    public void Kernel_is_pure_and_keeps_nothing_static()
    {
        Type[] kernel = [.. typeof(PoolKernel).Assembly.GetTypes().Where(type => type.Namespace == typeof(PoolKernel).Namespace)];

        Assert.NotEmpty(kernel);
        Type[] pure = [.. kernel, .. s_names];
        Assert.Equal("", string.Join(Environment.NewLine, Purity.Violations(pure, typeof(PoolKernel).Namespace!, "Snakepit", s_names)));
    }

    [Theory]
    [InlineData("s_counter is static state")]
    [InlineData("s_table is static state")]
    [InlineData("_clock -> System.TimeProvider")]
    [InlineData("_log -> Microsoft.Extensions.Logging.ILogger")]
    [InlineData("Arm -> System.Threading.Timer")]
    [InlineData("Guarded -> System.Threading.Monitor")]
    [InlineData("Now -> System.DateTime")]
    [InlineData("Read -> System.IO.Stream")]
    [InlineData("Run -> System.Diagnostics.Process")]
    [InlineData("Start -> System.Threading.Tasks.Task")]
    [InlineData("Roll -> System.Random")]
    [InlineData("MoveNext -> System.Threading.Tasks.ValueTask")]
    public void A_planted_impurity_is_found(string expected)
    {
        Type[] planted = [typeof(Planted.Impure), .. typeof(Planted.Impure).GetNestedTypes(System.Reflection.BindingFlags.NonPublic)];

        Assert.Contains(
            Purity.Violations(planted, Planted, Planted, []), violation => violation.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_allowed_raises_nothing()
    {
        Type[] planted = [typeof(Planted.Pure), .. typeof(Planted.Pure).GetNestedTypes(System.Reflection.BindingFlags.NonPublic)];

        Assert.Empty(Purity.Violations(planted, Planted, Planted, []));
    }
}
