using System.Reflection;
using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>An effect is made by the method of its kind, carries what that method takes, and gives out nothing else.</summary>
[Trait("Rule", "H5")]
public sealed class EffectTests
{
    private static readonly MethodInfo[] s_makers =
    [
        .. typeof(Effect).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(static method => method.ReturnType == typeof(Effect)),
    ];

    private static readonly string[] s_common = [nameof(Effect.Worker), nameof(Effect.Call), nameof(Effect.Reason), nameof(Effect.Outcome)];

    /// <summary>What only some kinds carry.</summary>
    private static readonly PropertyInfo[] s_values =
    [
        .. s_makers.SelectMany(static maker => maker.GetParameters()).Select(static parameter => PropertyOf(parameter.Name!)).Distinct()
            .Where(static value => !s_common.Contains(value.Name)),
    ];

    public static TheoryData<string> Kinds => [.. Enum.GetNames<EffectKind>()];

    [Fact]
    public void Every_kind_is_made_by_a_method_of_its_name() =>
        Assert.Equal(Enum.GetNames<EffectKind>().Order(), s_makers.Select(static maker => maker.Name).Order());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_effect_gives_out_what_it_was_made_with(string kind)
    {
        (object effect, Dictionary<PropertyInfo, object> values) = Make(kind);

        Assert.Equal(kind, ((Effect)effect).Kind.ToString());
        Assert.All(values, pair => Assert.Equal(pair.Value, pair.Key.GetValue(effect)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_effect_gives_out_nothing_that_its_kind_does_not_carry(string kind)
    {
        (object effect, Dictionary<PropertyInfo, object> values) = Make(kind);
        PropertyInfo[] others = [.. s_values.Except(values.Keys)];

        Assert.NotEmpty(others);
        Assert.All(others, value => Assert.IsType<InvalidOperationException>(
            Assert.Throws<TargetInvocationException>(() => value.GetValue(effect)).InnerException));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Effects_that_carry_other_values_differ_in_their_digest(string kind)
    {
        (object effect, Dictionary<PropertyInfo, object> values) = Make(kind);
        bool carries = values.Keys.Any(s_values.Contains);

        Assert.Equal(carries, ((Effect)effect).Digest != ((Effect)Make(kind, first: 0).Effect).Digest);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_effect_can_be_shown(string kind) => Assert.StartsWith(kind, Make(kind).Effect.ToString());

    [Fact]
    public void Kinds_are_commands_then_actions_then_facts()
    {
        Effect[] effects = [.. Enum.GetNames<EffectKind>().Select(static kind => (Effect)Make(kind).Effect)];

        Assert.Equal(
            [EffectKind.Send, EffectKind.Cancel, EffectKind.Recall, EffectKind.Ping, EffectKind.EndSession, EffectKind.Stop],
            effects.Where(static effect => effect.IsCommand).Select(static effect => effect.Kind));
        Assert.Equal(
            [
                EffectKind.Complete, EffectKind.Launch, EffectKind.Terminate, EffectKind.Kill, EffectKind.CheckHealth,
                EffectKind.LookAtMemory, EffectKind.MoveSession,
            ],
            effects.Where(static effect => !effect.IsCommand && !effect.IsFact).Select(static effect => effect.Kind));
    }

    private static PropertyInfo PropertyOf(string parameter)
    {
        string name = char.ToUpperInvariant(parameter[0]) + parameter[1..];
        return typeof(Effect).GetProperty(name)
            ?? throw new InvalidOperationException($"An effect is made with {parameter} and has no {name}.");
    }

    private static (object Effect, Dictionary<PropertyInfo, object> Values) Make(string kind, int first = 1)
    {
        MethodInfo maker = s_makers.Single(maker => maker.Name == kind);
        object[] arguments =
            [.. maker.GetParameters().Select((parameter, index) => ValueOf(parameter.ParameterType, first == 0 ? 0 : first + index))];
        return (maker.Invoke(null, arguments)!, maker.GetParameters().Zip(arguments).ToDictionary(
            static pair => PropertyOf(pair.First.Name!), static pair => pair.Second));
    }

    private static object ValueOf(Type type, int number) =>
        type == typeof(WorkerKey) ? new WorkerKey(number, number + 1)
        : type == typeof(CallKey) ? CallKey.Create(number, (uint)number + 1)
        : type.IsEnum ? Enum.ToObject(type, number)
        : Convert.ChangeType(number, type, System.Globalization.CultureInfo.InvariantCulture);
}
