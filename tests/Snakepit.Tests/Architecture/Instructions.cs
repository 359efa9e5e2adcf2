using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Snakepit.Tests.Architecture;

/// <summary>Reads the members that a method's instructions refer to.</summary>
internal static class Instructions
{
    private const byte TwoByteOpCode = 0xFE;

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static List<MemberInfo> Members(MethodBase method, MethodBody body)
    {
        byte[] code = body.GetILAsByteArray() ?? [];
        Type[]? typeArguments = method.DeclaringType is { IsGenericType: true } owner ? owner.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        List<MemberInfo> members = [];
        for (int at = 0; at < code.Length;)
        {
            OpCode instruction = Read(code, ref at);
            OperandType operand = instruction.OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                int token = BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at));
                members.Add(method.Module.ResolveMember(token, typeArguments, methodArguments)!);
            }
            at += OperandSize(instruction.OperandType, code.AsSpan(at));
        }
        return members;
    }

    private static OpCode Read(byte[] code, ref int at)
    {
        short value = code[at++];
        if (value == TwoByteOpCode)
        {
            value = (short)((TwoByteOpCode << 8) | code[at++]);
        }
        return s_opCodes[value];
    }

    private static int OperandSize(OperandType type, ReadOnlySpan<byte> operand) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(operand)),
        _ => 4,
    };
}
