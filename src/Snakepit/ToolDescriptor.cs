using System.Text;
using System.Text.Json;

namespace Snakepit;

/// <summary>Describes a tool as its adapter declares it.</summary>
public sealed record ToolDescriptor
{
    private static readonly JsonElement s_anything = JsonElement.Parse("{}");

    /// <summary>Gets the name to call the tool by.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the description given to <c>@tool</c>, or else the first line of the docstring; empty without either.</summary>
    public string Description { get; init; } = "";

    /// <summary>Gets the parameters in order.</summary>
    public IReadOnlyList<ToolParameter> Parameters { get; init; } = [];

    /// <summary>Gets the JSON schema (2020-12) of the arguments by name, from the annotations in Python: what a language model needs to
    /// call the tool. It is an object with one property per parameter, without <c>*args</c>. A property without a known type accepts
    /// anything. Arguments of positional-only parameters must still be passed by position.</summary>
    public JsonElement ParametersSchema
    {
        get => field.ValueKind == JsonValueKind.Undefined ? s_anything : field;
        init;
    }

    /// <summary>Gets the JSON schema (2020-12) of the result, from the annotation in Python; <c>{}</c>, which accepts anything, without
    /// one.</summary>
    public JsonElement ResultSchema
    {
        get => field.ValueKind == JsonValueKind.Undefined ? s_anything : field;
        init;
    }

    /// <summary>Gets whether the tool may be run again after a worker died while it ran: <c>@tool(idempotent=True)</c>.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>Gets what happens to the tool when its call is cancelled: <c>@tool(cancel="...")</c>.</summary>
    public ToolCancellation Cancellation { get; init; }

    /// <summary>Whether Python accepts just the arguments that <see cref="Parameters"/> say. A decorator may take others.</summary>
    internal bool IsExact { get; init; }

    /// <summary>Returns the tool's signature as Python writes it, such as <c>add(a: int, /, b=2, *, c)</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Name).Append('(');
        ToolParameterKind? last = null;
        bool takesPositions = true;
        foreach (ToolParameter parameter in Parameters)
        {
            if (last == ToolParameterKind.PositionalOnly && parameter.Kind != ToolParameterKind.PositionalOnly)
            {
                text.Append(", /");
            }
            text.Append(last is null ? "" : ", ");
            if (takesPositions && parameter.Kind == ToolParameterKind.KeywordOnly)
            {
                text.Append("*, ");
            }
            takesPositions &= parameter.Kind < ToolParameterKind.VarPositional;
            text.Append(parameter);
            last = parameter.Kind;
        }
        return text.Append(last == ToolParameterKind.PositionalOnly ? ", /)" : ")").ToString();
    }
}

/// <summary>Describes one parameter of a tool.</summary>
public sealed record ToolParameter
{
    /// <summary>Gets the name of the parameter.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how arguments reach the parameter.</summary>
    public required ToolParameterKind Kind { get; init; }

    /// <summary>Gets the annotation as written in Python; null without one.</summary>
    public string? Annotation { get; init; }

    /// <summary>Gets whether a call must give the parameter a value: it has no default and is not <c>*args</c> or
    /// <c>**kwargs</c>.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Gets the <c>repr</c> of the default value; null without one.</summary>
    public string? Default { get; init; }

    /// <summary>Returns the parameter as Python writes it, such as <c>b: int = 2</c>.</summary>
    public override string ToString()
    {
        string stars = Kind switch { ToolParameterKind.VarPositional => "*", ToolParameterKind.VarKeyword => "**", _ => "" };
        string annotation = Annotation is null ? "" : $": {Annotation}";
        string value = Default is null ? "" : Annotation is null ? $"={Default}" : $" = {Default}";
        return stars + Name + annotation + value;
    }
}

/// <summary>Specifies how arguments reach a parameter, in the words of Python's <c>inspect.Parameter.kind</c>.</summary>
public enum ToolParameterKind
{
    /// <summary>The parameter takes an argument by position only.</summary>
    PositionalOnly,

    /// <summary>The parameter takes an argument by position or by name.</summary>
    PositionalOrKeyword,

    /// <summary><c>*args</c>: receives all further positional arguments.</summary>
    VarPositional,

    /// <summary>The parameter takes an argument by name only.</summary>
    KeywordOnly,

    /// <summary><c>**kwargs</c>: receives all further named arguments.</summary>
    VarKeyword,
}
