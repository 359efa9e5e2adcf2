using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Pools;
using Snakepit.Values;

namespace Snakepit.Tests.Pools;

/// <summary>Arguments are refused only when no worker could accept them. That the rules are Python's is tested with real Python.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by tests.")]
public sealed class ToolSignaturesTests
{
    private static readonly JsonValueCodec s_json = new();

    [Fact]
    public void MayFit_object_with_exactly_the_parameters()
    {
        var signatures = ToolSignatures.Of(Tool("a", "b="));

        Assert.True(MayFit(signatures, new { a = 1, b = 2 }));
        Assert.True(MayFit(signatures, new { a = 1 }));
        Assert.False(MayFit(signatures, new { b = 1 }));
        Assert.False(MayFit(signatures, new { a = 1, c = 1 }));
        Assert.False(MayFit(signatures, new { A = 1 }));
    }

    [Fact]
    public void MayFit_object_whose_contract_leaves_its_names_open()
    {
        var signatures = ToolSignatures.Of(Tool("a"));

        Assert.True(MayFit(signatures, new Extended { a = 1 }));
        Assert.True(MayFit(signatures, new Shape()));
        Assert.True(MayFit(signatures, new Optional { a = 1 }));
        Assert.False(MayFit(signatures, new Optional2 { a = 1 }));
    }

    [Fact]
    public void MayFit_object_with_a_contract_of_its_own()
    {
        var signatures = ToolSignatures.Of(Tool("one_number"));
        var renaming = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        var plain = new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

        Assert.True(signatures.MayFit(ToolArguments.From(new Named(1), (JsonTypeInfo<Named>)renaming.GetTypeInfo(typeof(Named))), s_json));
        Assert.False(signatures.MayFit(ToolArguments.From(new Named(1), (JsonTypeInfo<Named>)plain.GetTypeInfo(typeof(Named))), s_json));
    }

    [Fact]
    public void MayFit_asks_every_signature_that_workers_have()
    {
        ToolSignatures both = ToolSignatures.Of(Tool("a")).With(Tool("b"));

        Assert.True(both.MayFit(ToolArguments.Named(("a", 1)), s_json));
        Assert.True(both.MayFit(ToolArguments.Named(("b", 1)), s_json));
        Assert.False(both.MayFit(ToolArguments.Named(("c", 1)), s_json));
        Assert.Equal("needs a value for 'b'", both.Explain(default, s_json).Reason.Problem);
    }

    [Fact]
    public void With_as_many_versions_as_are_kept_leaves_the_answer_to_the_worker()
    {
        ToolSignatures signatures = ToolSignatures.Of(Tool("a"));
        foreach (string name in (string[])["b", "a", "c", "b", "d"])
        {
            signatures = signatures.With(Tool(name));
            Assert.False(signatures.MayFit(default, s_json));
        }

        Assert.True(signatures.With(Tool("e")).MayFit(default, s_json));
        Assert.True(signatures.With(Tool("e")).With(Tool("a")).MayFit(default, s_json));
    }

    [Fact]
    public void Tool_that_may_take_other_arguments_is_not_judged()
    {
        Assert.True(ToolSignatures.Of(Tool("a") with { IsExact = false }).MayFit(default, s_json));
        Assert.True(ToolSignatures.Of(Tool("a")).With(Tool("a") with { IsExact = false }).MayFit(default, s_json));
        Assert.True(ToolSignatures.Of(Tool([.. Enumerable.Range(0, 65).Select(static i => $"p{i}")])).MayFit(default, s_json));
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    public void Tool_with_many_parameters_is_judged(int count)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(static i => $"p{i}")];
        var signatures = ToolSignatures.Of(Tool(names));

        Assert.True(signatures.MayFit(ToolArguments.FromList(names), s_json));
        Assert.True(signatures.MayFit(ToolArguments.Named([.. names.Select(static name => (name, (object?)1))]), s_json));
        Assert.False(signatures.MayFit(ToolArguments.FromList(names[1..]), s_json));
        Assert.False(signatures.MayFit(ToolArguments.FromList([.. names, "more"]), s_json));
        Assert.Equal($"needs a value for 'p{count - 1}'", signatures.Explain(ToolArguments.FromList(names[1..]), s_json).Reason.Problem);
    }

    [Fact]
    public void Has_is_false_when_only_the_text_of_the_signature_has_changed()
    {
        var signatures = ToolSignatures.Of(Tool("a", "b="));
        ToolDescriptor annotated = Tool("a", "b=") with
        {
            Parameters = [.. Tool("a", "b=").Parameters.Select(static parameter => parameter with { Annotation = "int" })],
        };

        Assert.True(signatures.Has(Tool("a", "b=")));
        Assert.False(signatures.Has(annotated));
        Assert.Equal("f(a: int, b: int = 0)", signatures.With(annotated).Explain(default, s_json).Tool.ToString());
    }

    [Fact]
    public void MayFit_allocates_nothing()
    {
        var signatures = ToolSignatures.Of(Tool("a", "b="));
        ToolArguments[] all =
        [
            ToolArguments.Positional(1, 2), ToolArguments.Named(("a", 1), ("b", 2)), ToolArguments.Positional(1).AndNamed(("b", 2)),
            new(new ObjectArguments(new { a = 1 }, null)),
        ];
        foreach (ToolArguments arguments in all)
        {
            signatures.MayFit(arguments, s_json);

            Assert.Equal(0, Allocations.Of(() => signatures.MayFit(arguments, s_json)));
        }
    }

    private static bool MayFit(ToolSignatures signatures, object arguments) =>
        signatures.MayFit(new ToolArguments(new ObjectArguments(arguments, null)), s_json);

    /// <summary>A name that ends with = has a default.</summary>
    private static ToolDescriptor Tool(params string[] names) => new()
    {
        Name = "f",
        IsExact = true,
        Parameters =
        [
            .. names.Select(static name => new ToolParameter
            {
                Name = name.TrimEnd('='),
                Kind = ToolParameterKind.PositionalOrKeyword,
                IsRequired = !name.EndsWith('='),
                Default = name.EndsWith('=') ? "0" : null,
            }),
        ],
    };

#pragma warning disable IDE1006, SA1300 // The names are those of Python's parameters.
    private sealed class Extended
    {
        public int a { get; init; }

        [JsonExtensionData]
        public Dictionary<string, object> More { get; } = [];
    }

    [JsonDerivedType(typeof(Shape), "shape")]
    private class Shape;

    private sealed class Optional
    {
        public int a { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? other { get; init; }
    }

    private sealed class Optional2
    {
        public int a { get; init; }

        public string? other { get; init; }
    }
#pragma warning restore IDE1006, SA1300

    private sealed record Named(int OneNumber);
}
