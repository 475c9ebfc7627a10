"""Short lists of words that praise or blame, for the languages without a lexicon of VADER's kind.

Written for this project, not derived from any data set. They are one cue among many (how strongly each head
listens is learnt), and matter most for words that the few labelled posts of a language happen not to hold.
Folded forms, one token each; English is left to VADER.
"""

PRAISE = {
    "fr": "merci mercis bravo félicitations génial géniale géniaux géniales super superbe superbes "
    "formidable formidables excellent excellente excellents magnifique magnifiques merveilleux "
    "merveilleuse parfait parfaite impeccable adorable adore adorent adoré aime aiment aimé content "
    "contente contents contentes ravi ravie ravis heureux heureuse heureuses bonheur joie joyeux "
    "joyeuse agréable agréables gentil gentille gentils gentilles gentillesse efficace efficaces "
    "efficacité rapide réussi réussie réussite succès fier fière fiers beau belle beaux belles joli "
    "jolie bon bonne bons bonnes meilleur meilleure mieux bien chouette top extra cool espoir "
    "soulagé soulagée soulagement reconnaissant reconnaissante gratitude chapeau admirable "
    "solidarité solidaire courage courageux sympa sympathique accueillant propre sain sauf sûr "
    "sécurisé régal régalent kiffe hâte",
    "de": "danke dank super toll tolle toller großartig wunderbar wunderschön schön schöne schöner gut "
    "gute guter besser beste perfekt liebe liebt lieben mag freue freut freude froh glücklich "
    "zufrieden stolz freundlich nett nette hilfsbereit klasse spitze prima genial hervorragend "
    "ausgezeichnet erfolg gelungen lecker hoffnung sicher",
    "es": "gracias genial geniales excelente excelentes maravilloso maravillosa estupendo estupenda "
    "fantástico fantástica perfecto perfecta bueno buena buenos buenas mejor bien feliz felices "
    "alegría alegre contento contenta encanta encantan amo adoro bonito bonita hermoso hermosa "
    "precioso preciosa felicidades enhorabuena éxito orgullo orgulloso orgullosa amable rápido "
    "eficaz gusta increíble guapo guapa esperanza bravo",
    "it": "grazie bravo brava bravi bravissimi bello bella belli belle bellissimo bellissima ottimo "
    "ottima ottimi splendido splendida meraviglioso meravigliosa fantastico fantastica perfetto "
    "perfetta buono buona buon meglio bene felice felici gioia contento contenta adoro amo piace "
    "gentile gentili simpatico eccellente successo orgoglioso complimenti auguri evviva speranza",
    "pt": "obrigado obrigada ótimo ótima excelente maravilhoso maravilhosa fantástico fantástica perfeito "
    "perfeita bom boa bons boas melhor bem feliz felizes alegria contente adoro adorei amo amei "
    "gosto gostei lindo linda bonito bonita parabéns sucesso orgulho orgulhoso simpático gentil "
    "incrível legal show esperança top",
    "ar": "شكرا جميل جميله رائع رائعه ممتاز ممتازه احسن افضل سعيد سعيده فرح حب احب حلو حلوه مبروك الحمد "
    "خير نجاح فخور لطيف عظيم امل",
}
BLAME = {
    "fr": "honte honteux honteuse nul nulle nuls nulles nullité marre scandale scandaleux scandaleuse "
    "inadmissible inacceptable insupportable dégueulasse dégoûté dégoûtée dégoûtant écoeurant "
    "écœurant catastrophe catastrophique désastre désastreux horrible horribles affreux affreuse "
    "atroce pire mauvais mauvaise mauvais mal pourri pourrie merde merdique putain con cons connard "
    "connards imbécile imbéciles idiot idiots incompétent incompétents incompétence incapable "
    "incapables voleur voleurs escroc escrocs arnaque menteur menteurs mensonge mensonges colère "
    "furieux furieuse énervé énervée rage haine déteste détestent triste tristes tristesse déçu "
    "déçue déçus décevant déception dommage malheureusement hélas peur peurs crainte crains inquiet "
    "inquiète inquiets inquiétant angoisse angoissant terrifié terrifiée terreur panique paniquent "
    "danger dangereux dangereuse grave graves problème problèmes panne pannes cassé cassée galère "
    "cauchemar enfer pénible ridicule lamentable minable mépris méprisant abandonné abandonnée "
    "abandonnés victime victimes mort morts blessé blessés drame tragique violence violences bordel "
    "foutre fout foutage ras pue puent sale sales saleté échec raté ratée trahison corrompu "
    "corrompus",
    "de": "schande schlecht schlechte schlechter schlimm schrecklich furchtbar katastrophe scheiße "
    "scheiss mist unverschämt frechheit wütend wut hass hasse traurig enttäuscht enttäuschend "
    "leider angst sorge sorgen gefährlich gefahr problem probleme kaputt nervt ekelhaft lächerlich "
    "peinlich dumm idiot idioten lügner lüge betrug versagt unmöglich unerträglich tot opfer krank "
    "schade",
    "es": "asco vergüenza mal malo mala malos malas peor horrible horrorosa terrible fatal desastre "
    "mierda puta puto odio odia odio triste tristes tristeza decepción decepcionado decepcionada "
    "enfadado enfadada rabia miedo peligro peligroso problema problemas roto rota inútil inútiles "
    "idiota imbécil ladrones mentira mentiras mentiroso corrupto corruptos corrupción insoportable "
    "inaceptable lamentable lástima muertos víctimas dolor fracaso",
    "it": "vergogna schifo schifoso pessimo pessima brutto brutta brutti male peggio peggiore orribile "
    "terribile disastro merda cazzo odio odia triste tristi tristezza deluso delusa delusione "
    "arrabbiato rabbia paura pericolo pericoloso problema problemi rotto inutile idiota idioti "
    "ladri bugie bugiardo corrotti insopportabile ridicolo inaccettabile purtroppo morti vittime "
    "dolore fallimento scandalo",
    "pt": "vergonha nojo ruim péssimo péssima mau má mal pior horrível terrível desastre merda porra "
    "odeio ódio triste tristes tristeza decepção decepcionado raiva medo perigo perigoso problema "
    "problemas quebrado inútil idiota ladrões mentira mentiroso corrupto corruptos corrupção "
    "insuportável inaceitável ridículo infelizmente mortos vítimas dor fracasso absurdo lixo chato",
    "ar": "عار سيء سيئه سيئ اسوا زباله حزين حزينه حزن غضب غاضب خوف خايف خائف كره اكره كذب كذاب فاسد فساد "
    "فاشل فشل كارثه مصيبه خطر مشكله قتل موت ضحايا ظلم حرام للاسف الم حقير غبي",
}
INTENSIFIERS = (
    "très trop tellement vraiment totalement complètement absolument super hyper si sehr so total "
    "wirklich zu echt muy tan demasiado molto così troppo davvero muito tão demais جدا كثير"
)
